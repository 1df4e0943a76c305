package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// dashboard is as much of Grafana's format as is used here.
type dashboard struct {
	UID           string          `json:"uid"`
	Title         string          `json:"title"`
	Tags          []string        `json:"tags"`
	SchemaVersion int             `json:"schemaVersion"`
	Version       int             `json:"version"`
	Editable      bool            `json:"editable"`
	Timezone      string          `json:"timezone"`
	Refresh       string          `json:"refresh"`
	Time          json.RawMessage `json:"time"`
	Templating    json.RawMessage `json:"templating"`
	Annotations   json.RawMessage `json:"annotations"`
	Panels        []panel         `json:"panels"`
}

type panel struct {
	ID          int                      `json:"id"`
	Type        string                   `json:"type"`
	Title       string                   `json:"title"`
	Description string                   `json:"description"`
	Collapsed   bool                     `json:"collapsed"`
	Panels      []panel                  `json:"panels"`
	Datasource  source                   `json:"datasource"`
	FieldConfig json.RawMessage          `json:"fieldConfig"`
	Options     json.RawMessage          `json:"options"`
	GridPos     struct{ H, W, X, Y int } `json:"gridPos"`
	Targets     []struct {
		RefID        string `json:"refId"`
		Datasource   source `json:"datasource"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	} `json:"targets"`
}

type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// dashboardFindings reads a dashboard and says what Grafana would show wrong
// without complaining.
func dashboardFindings(text []byte, known source) []string {
	var d dashboard
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return []string{err.Error()}
	}
	var findings []string
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if p.ID == 0 || ids[p.ID] {
			findings = append(findings, fmt.Sprintf("%s: the id %d is taken", p.Title, p.ID))
		}
		ids[p.ID] = true
		for cell := range p.GridPos.W * p.GridPos.H {
			at := [2]int{p.GridPos.X + cell%p.GridPos.W, p.GridPos.Y + cell/p.GridPos.W}
			if other, taken := cells[at]; taken || at[0] >= 24 {
				findings = append(findings, fmt.Sprintf("%s: lies on %q or beyond the edge", p.Title, other))
				break
			}
			cells[at] = p.Title
		}
		if p.Type != "row" {
			findings = append(findings, panelFindings(p, known)...)
		}
	}
	return findings
}

func panelFindings(p panel, known source) []string {
	var findings []string
	if p.Description == "" || len(p.Targets) == 0 {
		findings = append(findings, p.Title+": shows or says nothing")
	}
	refs := map[string]bool{}
	for _, target := range p.Targets {
		if target.Datasource != known || p.Datasource != known {
			findings = append(findings, p.Title+": no such data source")
		}
		if refs[target.RefID] {
			findings = append(findings, p.Title+": the name "+target.RefID+" is taken")
		}
		refs[target.RefID] = true
		// The interval is Grafana's to fill in.
		if _, err := parser.ParseExpr(strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")); err != nil {
			findings = append(findings, fmt.Sprintf("%s: %v", p.Title, err))
		}
	}
	return findings
}

// provisioned is the data source that Grafana is given.
func provisioned(t *testing.T) source {
	t.Helper()
	var file struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool              `yaml:"isDefault"`
			Editable                     bool              `yaml:"editable"`
			JSONData                     map[string]string `yaml:"jsonData"`
		} `yaml:"datasources"`
	}
	readYAML(t, &file, "grafana", "provisioning", "datasources", "prometheus.yaml")
	require.Equal(t, "http://prometheus:9090", file.Datasources[0].URL)
	return source{file.Datasources[0].Type, file.Datasources[0].UID}
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	require.Empty(t, dashboardFindings(read(t, "grafana", "dashboards", "holdfast.json"), provisioned(t)))
}

func TestDashboardIsWhereGrafanaLooks(t *testing.T) {
	t.Parallel()
	var file struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Type     string
			AllowUIUpdates bool `yaml:"allowUiUpdates"`
			Options        struct{ Path string }
		}
	}
	readYAML(t, &file, "grafana", "provisioning", "dashboards", "holdfast.yaml")
	project, err := loadCompose(t, read(t, "compose.yaml"))
	require.NoError(t, err)
	targets := map[string]string{}
	for _, volume := range project.Services["grafana"].Volumes {
		targets[volume.Target] = volume.Source
	}
	require.Contains(t, targets[file.Providers[0].Options.Path], "deployments/grafana/dashboards")
	require.Contains(t, targets["/etc/grafana/provisioning"], "deployments/grafana/provisioning")
}

func TestFaultsOfTheDashboardAreFound(t *testing.T) {
	t.Parallel()
	good, known := string(read(t, "grafana", "dashboards", "holdfast.json")), provisioned(t)
	for name, test := range map[string]struct{ old, planted, want string }{
		"expression":  {"sum by (outcome)", "sum bye (outcome)", "parse error"},
		"data source": {`"uid": "prometheus"`, `"uid": "other"`, "no such data source"},
		"member":      {`"legendFormat"`, `"legend"`, `unknown field "legend"`},
		"same id":     {`"id": 2`, `"id": 1`, "the id 1 is taken"},
		"overlap":     {`"x": 12`, `"x": 11`, "lies on"},
		"edge":        {`"x": 12`, `"x": 20`, "beyond the edge"},
		"silent":      {`"description": "What is bought, held, charged."`, `"description": ""`, "shows or says nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, test.old)
			require.Contains(t, strings.Join(dashboardFindings([]byte(strings.Replace(good, test.old, test.planted, 1)), known), "\n"), test.want)
		})
	}
}
