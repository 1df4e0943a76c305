package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/stretchr/testify/require"
)

// prometheusConfig is as much of Prometheus' configuration as is used here:
// reading all of it would need the clients of every cloud.
type prometheusConfig struct {
	Global struct {
		ScrapeInterval     model.Duration `yaml:"scrape_interval"`
		EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	} `yaml:"global"`
	RuleFiles     []string `yaml:"rule_files"`
	ScrapeConfigs []struct {
		JobName       string `yaml:"job_name"`
		StaticConfigs []struct {
			Targets []string `yaml:"targets"`
		} `yaml:"static_configs"`
	} `yaml:"scrape_configs"`
}

func TestPrometheusScrapesEveryInstance(t *testing.T) {
	t.Parallel()
	var config prometheusConfig
	readYAML(t, &config, "prometheus", "prometheus.yaml")
	for _, file := range config.RuleFiles {
		_, err := os.Stat(filepath.Join(root, "prometheus", file))
		require.NoError(t, err)
	}
	project, err := loadCompose(t, read(t, "compose.yaml"))
	require.NoError(t, err)
	targets := map[string][]string{}
	for _, scraped := range config.ScrapeConfigs {
		for _, static := range scraped.StaticConfigs {
			for _, target := range static.Targets {
				name, port, _ := strings.Cut(target, ":")
				targets[scraped.JobName] = append(targets[scraped.JobName], name)
				require.Contains(t, map[string]string{"holdfast": "8080", "proxy": "8404", "sink": "9464", "prometheus": "9090"}[scraped.JobName], port)
			}
		}
	}
	slices.Sort(targets["holdfast"])
	require.Equal(t, instances(project), targets["holdfast"])
	require.Equal(t, []string{"proxy"}, targets["proxy"])
	require.Equal(t, ":9464", value(project.DisabledServices["sink"], "HOLDFAST_SINK_METRICS"))
}

// ruleFindings reads rules as Prometheus does, and says what an operator
// would miss in them.
func ruleFindings(text []byte) []string {
	groups, errs := rulefmt.Parse(text, false, model.UTF8Validation)
	var findings []string
	for _, err := range errs {
		findings = append(findings, err.Error())
	}
	if groups == nil {
		return findings
	}
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				findings = append(findings, rule.Alert+": says nothing")
			}
			if !slices.Contains([]string{"warning", "critical"}, rule.Labels["severity"]) {
				findings = append(findings, rule.Alert+": severity is warning or critical")
			}
		}
	}
	return findings
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	require.Empty(t, ruleFindings(read(t, "prometheus", "alerts.yaml")))
}

func TestFaultsOfAlertsAreFound(t *testing.T) {
	t.Parallel()
	good := string(read(t, "prometheus", "alerts.yaml"))
	for name, test := range map[string]struct{ old, planted, want string }{
		"expression": {"sum(up{job=", "sum(up{job", "could not parse expression"},
		"function":   {"histogram_quantile(", "histogram_quantil(", "unknown function"},
		"duration":   {"for: 30s", "for: soon", "not a valid duration"},
		"member":     {"annotations:", "annotation:", "field annotation not found"},
		"template":   {"{{ $labels.instance }}", "{{ $label.instance }}", "undefined variable"},
		"severity":   {"severity: critical", "severity: red", "severity is warning or critical"},
		"silent":     {"summary: No instance answers", "title: No instance answers", "NobodyServes: says nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, test.old)
			require.Contains(t, strings.Join(ruleFindings([]byte(strings.Replace(good, test.old, test.planted, 1))), "\n"), test.want)
		})
	}
}
