package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/deptest"
	"github.com/holdfast-dev/holdfast/internal/kafkatest"
)

// deployed reads files of deployments.
func deployed(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join("..", "..", "deployments", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			all.Write(text)
		}
	}
	return all.String()
}

// namesIn returns what a pattern matches, each once, in order.
func namesIn(text, pattern string) []string {
	found := map[string]bool{}
	for _, name := range regexp.MustCompile(pattern).FindAllString(text, -1) {
		found[name] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// A panel or an alert on a metric that nobody exposes shows nothing, for ever.
func TestMonitoringAsksForMetricsThatExist(t *testing.T) {
	t.Parallel()
	s := services(t)
	s["KAFKA_BROKERS"] = kafkatest.InProcess(t).Addrs()[0]
	p := launch(t, s, "serve")
	p.sell(strings.TrimSpace(runProgram(t, s, "token", "admin", "--scope", "concert:write").stdout))
	_, text := p.send("GET", "/metrics", "", nil)
	exposed := namesIn(string(text), `(?m)^[a-z][a-z0-9_]*`)

	asked := namesIn(deployed(t, "prometheus/alerts.yaml", "grafana/dashboards/*.json"), `\b(holdfast|process|go)_[a-z0-9_]+\b`)
	require.Greater(t, len(asked), 20)
	require.Subset(t, slices.Concat(exposed, describedBy(sinkMetrics{})), asked)
}

// describedBy returns the names of the metrics of a collector.
func describedBy(collector prometheus.Collector) []string {
	descs := make(chan *prometheus.Desc, 100)
	collector.Describe(descs)
	close(descs)
	var names []string
	for desc := range descs {
		names = append(names, namesIn(desc.String(), `\bholdfast_[a-z_]+\b`)...)
	}
	return names
}

// A setting that is misspelt is no setting.
func TestDeploymentsUseSettingsThatExist(t *testing.T) {
	t.Parallel()
	known := namesIn(runProgram(t, nil, "serve", "--help").stdout, `\b[A-Z][A-Z0-9_]+\b`)
	used := namesIn(deployed(t, "Dockerfile", "kubernetes/*/*.yaml"), `\b(HOLDFAST_[A-Z_]+|DATABASE_URL|REDIS_URL|KAFKA_BROKERS)\b`)
	require.Contains(t, used, "HOLDFAST_DRAIN_TIMEOUT")
	require.Subset(t, known, used)

	sinks := namesIn(runProgram(t, nil, "sink", "--help").stdout, `\b[A-Z][A-Z0-9_]+\b`)
	composed := namesIn(deployed(t, "compose.yaml"), `\b(HOLDFAST_[A-Z_]+|DATABASE_URL|REDIS_URL|KAFKA_BROKERS)\b`)
	composed = slices.DeleteFunc(composed, func(name string) bool { return name == "HOLDFAST_" }) // the proxy's
	require.Subset(t, slices.Concat(known, sinks), composed)
}

// The image is built from what .dockerignore lets through.
func TestEveryFolderOfTheProductGetsIntoTheImage(t *testing.T) {
	t.Parallel()
	ignore := deployed(t, "../.dockerignore")
	imports, err := deptest.Imports("../..")
	require.NoError(t, err)
	for _, i := range imports {
		folder, _, nested := strings.Cut(i.File, "/")
		require.True(t, nested, "%s: no Go files in the root", i.File)
		require.NotContains(t, ignore, "\n"+folder+"\n")
	}
}
