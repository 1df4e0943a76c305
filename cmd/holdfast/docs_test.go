package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/shell"
)

// documentedCommands finds the lines of shell blocks that run the program, up
// to where the shell goes on with something else.
var documentedCommands = regexp.MustCompile(`(?m)^(?:[A-Z_]+=\S+ )*(?:\w+=\$\()?holdfast ([^|>&)#\n]*)`)

// TestCommandsInTheDocsAreTaken sees that whatever a page tells its reader to
// type is a command with flags that the program knows.
func TestCommandsInTheDocsAreTaken(t *testing.T) {
	for name, value := range map[string]string{
		"DATABASE_URL": "postgres://db/holdfast", "REDIS_URL": "redis://cache:6379", "HOLDFAST_SIGNING_KEY": secret,
		"KAFKA_BROKERS": "kafka:9092",
	} {
		t.Setenv(name, value)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	pages = append(pages, "../../README.md", "../../deployments/README.md")
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		for _, block := range shellBlocks(string(text)) {
			for _, command := range documentedCommands.FindAllStringSubmatch(block, -1) {
				found++
				requireTaken(t, page, command[1])
			}
		}
	}
	require.Greater(t, found, 4)
}

// shellBlocks returns the fenced blocks of a page that are for a shell.
func shellBlocks(page string) (blocks []string) {
	parts := strings.Split(page, "\n```")
	for i := 1; i < len(parts); i += 2 {
		language, block, _ := strings.Cut(parts[i], "\n")
		if language == "sh" || language == "bash" {
			blocks = append(blocks, strings.ReplaceAll(block, "\\\n", " "))
		}
	}
	return blocks
}

func requireTaken(t *testing.T, page, command string) {
	t.Helper()
	// A variable of the reader's stands for an id.
	arguments, err := shell.Fields(command, func(string) string { return "01a20a79-c299-783a-b8e0-d29ad58ae9cf" })
	require.NoError(t, err, "%s: holdfast %s", page, command)
	parser, err := newParser(io.Discard, io.Discard)
	require.NoError(t, err)
	_, err = parser.Parse(arguments)
	require.NoError(t, err, "%s: holdfast %s", page, command)
}
