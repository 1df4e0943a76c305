package main

import (
	"bytes"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTracingIsOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment settings
		want        bool
	}{
		"nothing":        {nil, false},
		"a service name": {settings{"OTEL_SERVICE_NAME": "holdfast"}, false},
		"an exporter":    {settings{"OTEL_TRACES_EXPORTER": "console"}, true},
		"an endpoint":    {settings{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, true},
		"for traces":     {settings{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318"}, true},
		"disabled":       {settings{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, tracingWanted(func(name string) string { return test.environment[name] }))
		})
	}
}

func TestNoExporterMeansNoTracing(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	provider, err := startTracing(t.Context())
	require.NoError(t, err)
	require.Nil(t, provider)
}

func TestUnknownExporterIsAnError(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "pigeon")
	_, err := startTracing(t.Context())
	require.ErrorContains(t, err, "pigeon")
}

func TestLogForms(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format   string
		terminal bool
		want     string
	}{
		"text":        {"text", false, "level=INFO msg=hello within=1.5s\n"},
		"json":        {"json", true, `"level":"INFO","msg":"hello","within":"1.5s"}` + "\n"},
		"on terminal": {"auto", true, "level=INFO msg=hello within=1.5s\n"},
		"in a pipe":   {"auto", false, `"level":"INFO","msg":"hello","within":"1.5s"}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			logger := slog.New(formatFlags{LogFormat: test.format}.handler(&out, test.terminal, readableDurations))
			logger.Debug("quiet")
			logger.Info("hello", slog.Duration("within", 1500*time.Millisecond))
			require.Contains(t, out.String(), test.want)
			require.NotContains(t, out.String(), "quiet")
		})
	}
}

func TestAccessLogIsASetting(t *testing.T) {
	t.Parallel()
	require.Nil(t, logFlags{}.accessLogger(os.Stderr))
	on := logFlags{AccessLog: true, formatFlags: formatFlags{LogFormat: "json", LogLevel: slog.LevelWarn}}
	require.True(t, on.accessLogger(os.Stderr).Enabled(t.Context(), slog.LevelWarn))
	require.False(t, on.accessLogger(os.Stderr).Enabled(t.Context(), slog.LevelInfo))
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.1.2.3": true, "::1": true, "localhost": true,
		"": false, "0.0.0.0": false, "::": false, "10.0.0.1": false, "holdfast.example": false,
	} {
		require.Equal(t, want, isLoopback(host), host)
	}
}

func TestProviderIsWhatTheFlagsSay(t *testing.T) {
	t.Parallel()
	require.Nil(t, identityFlags{}.provider())
	config := identityFlags{JWKSURL: "https://id/keys", JWTIssuer: "id", JWTAudience: "holdfast", JWTAlgorithms: []string{"ES256"}}.provider()
	require.Equal(t, "https://id/keys", config.JWKSURL)
	require.Equal(t, []string{"ES256"}, config.Algorithms)
}

func TestDefaultDataDir(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^/.*holdfast$`, defaultDataDir())
}

func TestDemoDatesAreAheadAndWeekly(t *testing.T) {
	t.Parallel()
	// The clocks go back in Berlin on the night before the second date.
	now := time.Date(2026, 10, 16, 22, 30, 0, 0, time.UTC)
	dates, err := demoConcerts[0].dates(now)
	require.NoError(t, err)
	var texts []string
	for _, date := range dates {
		texts = append(texts, date.Format(time.RFC3339))
	}
	require.Equal(t, []string{"2026-10-24T20:00:00+02:00", "2026-10-31T20:00:00+01:00", "2026-11-07T20:00:00+01:00"}, texts)
}

func TestDemoDatesStayTheSameForAWeek(t *testing.T) {
	t.Parallel()
	for _, demo := range demoConcerts {
		seen := map[time.Time]bool{}
		for hours := range 24 * 14 {
			dates, err := demo.dates(time.Date(2026, 3, 1, hours, 0, 0, 0, time.UTC))
			require.NoError(t, err)
			for _, date := range dates {
				seen[date.UTC()] = true
				require.Equal(t, demo.weekday, date.Weekday())
				require.Equal(t, demo.hour, date.Hour())
			}
		}
		require.LessOrEqual(t, len(seen), demoWeeks+3, demo.name)
	}
}
