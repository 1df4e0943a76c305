package check

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// loadCompose loads the file as Docker Compose does: schema, anchors,
// variables, and whether what is named exists.
func loadCompose(t *testing.T, text []byte, without ...string) (*types.Project, error) {
	t.Helper()
	environment := types.Mapping{"HOLDFAST_SIGNING_KEY": "k", "POSTGRES_PASSWORD": "p", "GRAFANA_PASSWORD": "g"}
	for _, name := range without {
		delete(environment, name)
	}
	folder, err := filepath.Abs(root)
	require.NoError(t, err)
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  folder,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(folder, "compose.yaml"), Content: text}},
		Environment: environment,
	}, func(o *loader.Options) { o.SetProjectName("holdfast", true) })
}

// instances are the names of the services that are instances.
func instances(project *types.Project) []string {
	var names []string
	for name := range project.Services {
		if regexp.MustCompile(`^holdfast-\d+$`).MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// closing is how long an instance may take after its requests are done.
const closing = 15 * time.Second

// composeFindings says what is wrong with a project that Compose would run.
func composeFindings(project *types.Project) []string {
	var findings []string
	for name, service := range project.Services {
		if service.Build == nil && !pinned.MatchString(service.Image) {
			findings = append(findings, name+": the version of "+service.Image+" is not exact")
		}
		if service.Build == nil && service.HealthCheck == nil {
			findings = append(findings, name+": no health check")
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				findings = append(findings, name+": published on more than the loopback interface")
			}
		}
		for _, volume := range service.Volumes {
			if _, err := os.Stat(volume.Source); volume.Type == types.VolumeTypeBind && err != nil {
				findings = append(findings, name+": "+err.Error())
			}
		}
		if service.Privileged || service.User == "root" {
			findings = append(findings, name+": runs as root")
		}
	}
	for _, name := range instances(project) {
		findings = append(findings, instanceFindings(name, project.Services[name])...)
	}
	return findings
}

func instanceFindings(name string, service types.ServiceConfig) []string {
	var findings []string
	if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") {
		findings = append(findings, name+": may more than it needs")
	}
	drain, err := time.ParseDuration(value(service, "HOLDFAST_DRAIN_TIMEOUT"))
	if err != nil || service.StopGracePeriod == nil || time.Duration(*service.StopGracePeriod) < drain+closing {
		findings = append(findings, name+": is killed before it has drained")
	}
	if service.DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully {
		findings = append(findings, name+": starts before the migration")
	}
	return findings
}

func value(service types.ServiceConfig, name string) string {
	if set := service.Environment[name]; set != nil {
		return *set
	}
	return ""
}

func TestCompose(t *testing.T) {
	t.Parallel()
	project, err := loadCompose(t, read(t, "compose.yaml"))
	require.NoError(t, err)
	require.Empty(t, composeFindings(project))
	require.Equal(t, []string{"holdfast-1", "holdfast-2", "holdfast-3"}, instances(project))
	for n, name := range instances(project) {
		proxied := "HOLDFAST_" + string(rune('1'+n))
		require.Equal(t, name+":8080", value(project.Services["proxy"], proxied))
		require.Contains(t, string(read(t, "proxy", "haproxy.cfg")), `"${`+proxied+`}"`)
	}
	require.True(t, project.Networks["backend"].Internal)
	// What the proxy says is believed, and it says it from this network.
	require.Equal(t, project.Networks["backend"].Ipam.Config[0].Subnet, value(project.Services["holdfast-1"], "HOLDFAST_TRUSTED_PROXIES"))
}

// The stores are set up as Holdfast needs them.
func TestComposeStores(t *testing.T) {
	t.Parallel()
	project, err := loadCompose(t, read(t, "compose.yaml"))
	require.NoError(t, err)
	postgres := strings.Join(project.Services["postgres"].Command, " ")
	for _, setting := range []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on"} {
		require.Contains(t, postgres, setting)
	}
	redis := project.Services["redis"].Command
	require.Subset(t, redis, []string{"--maxmemory-policy", "noeviction"})
	require.Empty(t, redis[slices.Index(redis, "--save")+1])
	require.Equal(t, "no", redis[slices.Index(redis, "--appendonly")+1])
	require.Empty(t, project.Services["redis"].Volumes, "nothing stale comes back")

	pom := string(read(t, "..", "scripts", "kafka", "pom.xml"))
	_, version, _ := strings.Cut(project.Services["kafka"].Image, ":")
	require.Contains(t, pom, "<version>"+version+"</version>", "the tests run against the broker that is deployed")
}

func TestComposeAsksForSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"HOLDFAST_SIGNING_KEY", "POSTGRES_PASSWORD", "GRAFANA_PASSWORD"} {
		_, err := loadCompose(t, read(t, "compose.yaml"), name)
		require.ErrorContains(t, err, "make one with openssl rand -hex")
	}
}

func TestComposeFaultsAreFound(t *testing.T) {
	t.Parallel()
	good := string(read(t, "compose.yaml"))
	for name, test := range map[string]struct{ old, planted, want string }{
		"latest":          {"redis:7.4.1-bookworm", "redis:latest", "redis: the version of redis:latest is not exact"},
		"published":       {`"127.0.0.1:8080:8080"`, `"8080:8080"`, "proxy: published on more than the loopback interface"},
		"no file":         {"./proxy/haproxy.cfg", "./proxy/absent.cfg", "absent.cfg: no such file or directory"},
		"writable":        {"read_only: true", "read_only: false", "holdfast-1: may more than it needs"},
		"killed early":    {"stop_grace_period: 40s", "stop_grace_period: 30s", "holdfast-2: is killed before it has drained"},
		"too early":       {"service_completed_successfully", "service_started", "holdfast-3: starts before the migration"},
		"unknown member":  {"cap_drop:", "cap_dropped:", "additional properties 'cap_dropped' not allowed"},
		"unknown service": {"depends_on: [prometheus]", "depends_on: [prometeus]", "undefined service"},
		"unknown network": {"networks: [frontend, backend]", "networks: [outside]", "undefined network outside"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, test.old)
			project, err := loadCompose(t, []byte(strings.Replace(good, test.old, test.planted, 1)))
			if err != nil {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.Contains(t, strings.Join(composeFindings(project), "\n"), test.want)
		})
	}
}
