package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// read returns what a token says that the program printed alone.
func read(t *testing.T, key string, got outcome) token.Bearer {
	t.Helper()
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Empty(t, got.stderr)
	text, alone := strings.CutSuffix(got.stdout, "\n")
	require.True(t, alone)
	require.NotContains(t, text, "\n")
	keys, err := token.NewKeys([]byte(key))
	require.NoError(t, err)
	bearer, err := keys.Verify(text, time.Now())
	require.NoError(t, err)
	return bearer
}

func TestAdminToken(t *testing.T) {
	t.Parallel()
	s := settings{"HOLDFAST_SIGNING_KEY": secret}
	require.Equal(t, token.Admin{Name: "grafana", Scopes: []string{"concert:write", "events:read"}},
		read(t, secret, runProgram(t, s, "token", "admin", "--scope", "concert:write,events:read", "--name", "grafana")))
	s["HOLDFAST_TOKEN_SCOPE"] = "events:read"
	require.Equal(t, token.Admin{Name: "admin", Scopes: []string{"events:read"}},
		read(t, secret, runProgram(t, s, "token", "admin")), "from the environment")
}

func TestUserToken(t *testing.T) {
	t.Parallel()
	s := settings{"HOLDFAST_SIGNING_KEY": secret}
	const id = "01a20a79-c299-783a-b8e0-d29ad58ae9cf"
	require.Equal(t, token.Access{UserID: id}, read(t, secret, runProgram(t, s, "token", "user", id)))
	first, second := read(t, secret, runProgram(t, s, "token", "user")), read(t, secret, runProgram(t, s, "token", "user"))
	require.NotEqual(t, first, second)
}

func TestTokensOfTheDataFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := settings{"HOLDFAST_DATA_DIR": dir}
	got := runProgram(t, s, "token", "user")
	require.Equal(t, exitFault, got.code)
	require.Equal(t, "holdfast: no signing key: set HOLDFAST_SIGNING_KEY to the server's, or run holdfast dev, which keeps one in "+dir+"\n", got.stderr)

	flags := dataDirFlag{DataDir: dir}
	kept, err := flags.makeKey()
	require.NoError(t, err)
	require.IsType(t, token.Access{}, read(t, kept, runProgram(t, s, "token", "user")))

	again, err := flags.makeKey()
	require.NoError(t, err)
	require.Equal(t, kept, again, "the key is made once")
	info, err := os.Stat(filepath.Join(dir, "signing-key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// The scopes that tokens can be made with are those that the contract asks for.
func TestScopesAreTheContracts(t *testing.T) {
	t.Parallel()
	contract, err := os.ReadFile("../../http/openapi.yaml")
	require.NoError(t, err)
	var asked []string
	for _, found := range regexp.MustCompile(`(?m)^ +x-scope: (\S+)$`).FindAllSubmatch(contract, -1) {
		asked = append(asked, string(found[1]))
	}
	slices.Sort(asked)
	require.Equal(t, slices.Compact(asked), scopes)
}
