package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		says      []string
	}{
		"nothing":     {nil, []string{"Usage: holdfast <command>", "holdfast dev", "token admin", "version"}},
		"holdfast":    {[]string{"--help"}, []string{"Usage: holdfast <command>"}},
		"dev":         {[]string{"dev", "--help"}, []string{"HOLDFAST_DATA_DIR=/tmp/play", "$HOLDFAST_LISTEN", "$KAFKA_BROKERS"}},
		"serve":       {[]string{"serve", "--help"}, []string{"holdfast migrate", "$DATABASE_URL", "$HOLDFAST_SIGNING_KEY", "$HOLDFAST_HOLD_DURATION"}},
		"sink":        {[]string{"sink", "--help"}, []string{"holdfast sink --kafka-brokers kafka:9092 --to /data/events", "$KAFKA_BROKERS", "$HOLDFAST_SINK_FOLDER"}},
		"migrate":     {[]string{"migrate", "--help"}, []string{"DATABASE_URL=postgres://"}},
		"verify":      {[]string{"verify", "--help"}, []string{"holdfast verify --json", "$DATABASE_URL", "$HOLDFAST_PROGRESS"}},
		"users":       {[]string{"users", "forget", "--help"}, []string{"holdfast users forget 01a20a79", "user.forgotten.v1", "$DATABASE_URL"}},
		"doctor":      {[]string{"doctor", "--help"}, []string{"holdfast doctor --json", "$DATABASE_URL", "$REDIS_URL"}},
		"queue":       {[]string{"queue", "--help"}, []string{"queue status", "queue set", "queue close", "queue open"}},
		"queue set":   {[]string{"queue", "set", "--help"}, []string{"--capacity 300", "$HOLDFAST_QUEUE_SESSION", "$REDIS_URL"}},
		"queue close": {[]string{"queue", "close", "--help"}, []string{"holdfast queue close 0190"}},
		"queue open":  {[]string{"queue", "open", "--help"}, []string{"holdfast queue open 0190"}},
		"queue stats": {[]string{"queue", "status", "--help"}, []string{"holdfast queue status --json"}},
		"token admin": {[]string{"token", "admin", "--help"}, []string{"admin=$(holdfast token admin", "concert:write"}},
		"token user":  {[]string{"token", "user", "--help"}, []string{"access=$(holdfast token user)"}},
		"healthcheck": {[]string{"healthcheck", "--help"}, []string{"holdfast healthcheck --live", "$HOLDFAST_LISTEN"}},
		"version":     {[]string{"version", "--help"}, []string{"Usage: holdfast version"}},
		"reactors":    {[]string{"reactors", "list", "--help"}, []string{"select(.deadLetters > 0)"}},
		"move":        {[]string{"reactors", "move", "--help"}, []string{"holdfast reactors move end_sessions --to 4711", "--to=POSITION"}},
		"letters":     {[]string{"deadletters", "list", "--help"}, []string{"holdfast deadletters list --reactor end_sessions --all"}},
		"show":        {[]string{"deadletters", "show", "--help"}, []string{"holdfast deadletters show 7"}},
		"retry":       {[]string{"deadletters", "retry", "--help"}, []string{"$HOLDFAST_RETRY_WAIT", "xargs -n1"}},
		"discard":     {[]string{"deadletters", "discard", "--help"}, []string{"--reason", "$HOLDFAST_OPERATOR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, nil, test.arguments...)
			require.Equal(t, exitOK, got.code, got.stderr)
			require.Empty(t, got.stderr)
			for _, part := range test.says {
				require.Contains(t, got.stdout, part)
			}
		})
	}
}

func TestWrongUseIsSaidPrecisely(t *testing.T) {
	t.Parallel()
	good := settings{"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://cache", "HOLDFAST_SIGNING_KEY": secret}
	with := func(name, value string) settings {
		changed := settings{name: value}
		for other, kept := range good {
			if other != name {
				changed[other] = kept
			}
		}
		return changed
	}
	for name, test := range map[string]struct {
		settings  settings
		arguments []string
		says      string
	}{
		"no such command":    {nil, []string{"sell"}, "unexpected argument sell\nSee holdfast --help\n"},
		"no such flag":       {nil, []string{"serve", "--nope"}, "unknown flag --nope\nSee holdfast serve --help\n"},
		"nothing to serve":   {nil, []string{"serve"}, "DATABASE_URL (--database-url) is not set\nREDIS_URL (--redis-url) is not set\nHOLDFAST_SIGNING_KEY has 0 bytes"},
		"other database":     {with("DATABASE_URL", "mysql://db"), []string{"serve"}, "DATABASE_URL (--database-url) is not an address that begins with postgres://"},
		"other cache":        {with("REDIS_URL", "cache:6379"), []string{"serve"}, "REDIS_URL (--redis-url) is not an address that begins with redis://"},
		"short key":          {with("HOLDFAST_SIGNING_KEY", "short"), []string{"serve"}, "HOLDFAST_SIGNING_KEY has 5 bytes and needs at least 32"},
		"no port":            {with("HOLDFAST_LISTEN", "127.0.0.1"), []string{"serve"}, `"127.0.0.1" is not HOST:PORT`},
		"open identity":      {with("HOLDFAST_LISTEN", ":8080"), []string{"serve"}, "on :8080 anybody could make users"},
		"half a provider":    {with("HOLDFAST_JWKS_URL", "https://id/keys"), []string{"serve"}, "HOLDFAST_JWT_ISSUER and HOLDFAST_JWT_AUDIENCE"},
		"hold without unit":  {with("HOLDFAST_HOLD_DURATION", "5"), []string{"serve"}, `missing unit in duration "5"`},
		"hold too long":      {with("HOLDFAST_HOLD_DURATION", "25h"), []string{"serve"}, "hold duration 25h0m0s is not 1 ms to 24h0m0s"},
		"currency":           {with("HOLDFAST_CURRENCY", "euro"), []string{"serve"}, `currency "euro" is not three capital letters`},
		"negative wallet":    {with("HOLDFAST_WALLET_MAX", "-1"), []string{"serve"}, "maximum balance -1 is not 1 to"},
		"no sweep":           {with("HOLDFAST_SWEEP_INTERVAL", "0s"), []string{"serve"}, "--sweep-interval must be longer than 0, not 0s"},
		"no drain":           {with("HOLDFAST_DRAIN_TIMEOUT", "-1s"), []string{"serve"}, "--drain-timeout must be longer than 0, not -1s"},
		"no time":            {with("HOLDFAST_REQUEST_TIMEOUT", "0s"), []string{"serve"}, "--request-timeout must be longer than 0, not 0s"},
		"log level":          {with("HOLDFAST_LOG_LEVEL", "loud"), []string{"serve"}, `level string "loud": unknown name`},
		"log format":         {with("HOLDFAST_LOG_FORMAT", "xml"), []string{"serve"}, `--log-format must be one of "auto","text","json" but got "xml"`},
		"proxy":              {with("HOLDFAST_TRUSTED_PROXIES", "10.0.0.0"), []string{"serve"}, "--trusted-proxies"},
		"dev's database":     {settings{"DATABASE_URL": "db"}, []string{"dev"}, "DATABASE_URL (--database-url) is not an address"},
		"dev's cache":        {settings{"REDIS_URL": "cache"}, []string{"dev"}, "REDIS_URL (--redis-url) is not an address"},
		"dev's key":          {settings{"HOLDFAST_SIGNING_KEY": "short"}, []string{"dev"}, "HOLDFAST_SIGNING_KEY has 5 bytes"},
		"nothing to sink":    {nil, []string{"sink"}, "HOLDFAST_SINK_FOLDER (--to) is not set\nKAFKA_BROKERS (--kafka-brokers) is not set"},
		"no broker":          {settings{"KAFKA_BROKERS": "kafka"}, []string{"sink", "--to=x"}, `kafka broker "kafka" is not of the form host:port`},
		"open password":      {settings{"KAFKA_BROKERS": "kafka:9092", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_USERNAME": "u", "KAFKA_PASSWORD": "p"}, []string{"sink", "--to=x"}, "PLAIN would send the password unencrypted"},
		"half encrypted":     {settings{"KAFKA_BROKERS": "kafka:9092", "KAFKA_CA": "ca.pem"}, []string{"sink", "--to=x"}, "KAFKA_TLS (--kafka-tls) is not set"},
		"no age":             {settings{"KAFKA_BROKERS": "kafka:9092"}, []string{"sink", "--to=x", "--max-age=0s"}, "--max-age must be longer than 0, not 0s"},
		"no size":            {settings{"KAFKA_BROKERS": "kafka:9092"}, []string{"sink", "--to=x", "--max-mib=0"}, "--max-mib must be 1 to 1048576, not 0"},
		"no format":          {settings{"KAFKA_BROKERS": "kafka:9092"}, []string{"sink", "--to=x", "--format=csv"}, `--format must be one of "parquet","ndjson","ndjson.gz" but got "csv"`},
		"no place":           {settings{"KAFKA_BROKERS": "kafka:9092"}, []string{"sink", "--to=x", "--skip=3"}, `place "3" is not TOPIC/PARTITION@OFFSET`},
		"nothing to migrate": {nil, []string{"migrate"}, "DATABASE_URL (--database-url) is not set"},
		"no scope":           {nil, []string{"token", "admin"}, "missing flags: --scope=SCOPE"},
		"no such scope":      {nil, []string{"token", "admin", "--scope", "all"}, `--scope must be one of "concert:write","events:read" but got "all"`},
		"nameless":           {nil, []string{"token", "admin", "--scope", "events:read", "--name="}, "--name must not be empty"},
		"nobody":             {good, []string{"users", "forget", "me"}, `"me" is not a UUID in lower case`},
		"no life":            {nil, []string{"token", "user", "--ttl=0s"}, "--ttl must be longer than 0, not 0s"},
		"no letter":          {good, []string{"deadletters", "show", "0"}, "0 is not the number of a dead letter"},
		"no reason":          {good, []string{"deadletters", "discard", "1", "--reason= "}, "--reason and --by must say something"},
		"no patience":        {good, []string{"deadletters", "retry", "1", "--wait=-1s"}, "--wait must not be less than 0"},
		"no position":        {good, []string{"reactors", "move", "x", "--to=-1"}, "--to -1 is no position"},
		"no database":        {nil, []string{"deadletters", "list"}, "DATABASE_URL (--database-url) is not set"},
		"no id":              {nil, []string{"token", "user", "me"}, `"me" is not a UUID in lower case`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, test.settings, test.arguments...)
			require.Equal(t, exitUsage, got.code, got.stderr)
			require.Empty(t, got.stdout)
			require.Contains(t, got.stderr, test.says)
			require.Contains(t, got.stderr, "\nSee holdfast")
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := runProgram(t, nil, "version")
	require.Equal(t, exitOK, got.code)
	require.Regexp(t, `^holdfast \S+ go1\.\S+ \w+/\w+\n$`, got.stdout)
}
