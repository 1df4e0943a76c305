package http

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestErrorsAreExplained holds errors.md, where the type of a problem points,
// to the table of codes. Go test -update writes it.
func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	var doc strings.Builder
	doc.WriteString("# Errors\n\nEvery error is a problem detail (RFC 9457) with one of these codes. The status and the code " +
		"of an error don't change; its texts may. The `X-Request-Id` of an answer names it in the server's log.\n")
	for _, m := range meanings {
		doc.WriteString("\n## " + string(m.code) + "\n" + strconv.Itoa(m.status) + ": " + m.title + ".\n\n" + m.advice + "\n")
	}
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile("errors.md", []byte(doc.String()), 0o600))
	}
	written, err := os.ReadFile("errors.md")
	require.NoError(t, err)
	require.Equal(t, doc.String(), string(written), "run go test ./http -update")
}

// TestMeaningsAreComplete checks each line of the table, and that the texts
// of faults belong to codes there are.
func TestMeaningsAreComplete(t *testing.T) {
	t.Parallel()
	for _, m := range meanings {
		require.Regexp(t, `^[a-z]+(_[a-z]+)*$`, string(m.code))
		require.True(t, m.status >= 400 && m.status <= 599, m.code)
		require.NotEmpty(t, m.title, m.code)
		require.True(t, strings.HasSuffix(m.advice, "."), m.code)
	}
	for code, text := range details {
		require.Contains(t, meaningOf, code)
		require.True(t, strings.HasSuffix(text, "."), code)
	}
}
