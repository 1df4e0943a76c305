package check

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// manifests are what kustomize builds, as the API server would read them.
type manifests struct {
	namespaces  map[string]*core.Namespace
	accounts    map[string]*core.ServiceAccount
	configs     map[string]*core.ConfigMap
	services    map[string]*core.Service
	deployments map[string]*apps.Deployment
	jobs        map[string]*batch.Job
	scalers     map[string]*autoscaling.HorizontalPodAutoscaler
	budgets     map[string]*policy.PodDisruptionBudget
	policies    map[string]*networking.NetworkPolicy
	ingresses   map[string]*networking.Ingress
	monitors    map[string]*serviceMonitor
}

func newManifests() *manifests {
	return &manifests{
		namespaces:  map[string]*core.Namespace{},
		accounts:    map[string]*core.ServiceAccount{},
		configs:     map[string]*core.ConfigMap{},
		services:    map[string]*core.Service{},
		deployments: map[string]*apps.Deployment{},
		jobs:        map[string]*batch.Job{},
		scalers:     map[string]*autoscaling.HorizontalPodAutoscaler{},
		budgets:     map[string]*policy.PodDisruptionBudget{},
		policies:    map[string]*networking.NetworkPolicy{},
		ingresses:   map[string]*networking.Ingress{},
		monitors:    map[string]*serviceMonitor{},
	}
}

// serviceMonitor is as much of the Prometheus operator's type as is used here.
type serviceMonitor struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Selector struct {
			MatchLabels map[string]string `json:"matchLabels"`
		} `json:"selector"`
		Endpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"endpoints"`
	} `json:"spec"`
}

// build builds a kustomization, and reads each object strictly: a member that
// its type does not have is an error.
func build(folder filesys.FileSystem, path string) (*manifests, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(folder, path)
	if err != nil {
		return nil, err
	}
	m := newManifests()
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		id := resource.GetGvk().ApiVersion() + " " + resource.GetKind()
		if err := m.add(id, resource.GetName(), text); err != nil {
			return nil, fmt.Errorf("%s %s: %w", resource.GetKind(), resource.GetName(), err)
		}
	}
	return m, nil
}

func (m *manifests) add(id, name string, text []byte) error {
	switch id {
	case "v1 Namespace":
		return put(m.namespaces, name, text)
	case "v1 ServiceAccount":
		return put(m.accounts, name, text)
	case "v1 ConfigMap":
		return put(m.configs, name, text)
	case "v1 Service":
		return put(m.services, name, text)
	case "apps/v1 Deployment":
		return put(m.deployments, name, text)
	case "batch/v1 Job":
		return put(m.jobs, name, text)
	case "autoscaling/v2 HorizontalPodAutoscaler":
		return put(m.scalers, name, text)
	case "policy/v1 PodDisruptionBudget":
		return put(m.budgets, name, text)
	case "networking.k8s.io/v1 NetworkPolicy":
		return put(m.policies, name, text)
	case "networking.k8s.io/v1 Ingress":
		return put(m.ingresses, name, text)
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return put(m.monitors, name, text)
	default:
		return fmt.Errorf("%s is not expected", id)
	}
}

func put[T any](into map[string]*T, name string, text []byte) error {
	var object T
	if err := yaml.UnmarshalStrict(text, &object); err != nil {
		return err
	}
	into[name] = &object
	return nil
}

func buildFolder(t *testing.T, name string) *manifests {
	t.Helper()
	built, err := build(filesys.MakeFsOnDisk(), filepath.Join(root, "kubernetes", name))
	require.NoError(t, err)
	return built
}

func TestKubernetesBase(t *testing.T) {
	t.Parallel()
	m := buildFolder(t, "base")
	require.Empty(t, m.findings())
	for _, field := range reflect.VisibleFields(reflect.TypeFor[manifests]()) {
		if field.Name != "namespaces" && field.Name != "monitors" {
			require.NotZero(t, reflect.ValueOf(*m).FieldByName(field.Name).Len(), field.Name)
		}
	}
}

func TestKubernetesExample(t *testing.T) {
	t.Parallel()
	m := buildFolder(t, "example")
	require.Empty(t, m.findings())
	server := m.deployments["holdfast"]
	require.Equal(t, "holdfast", server.Namespace)
	require.Regexp(t, pinned, server.Spec.Template.Spec.Containers[0].Image)
	require.Equal(t, "tickets.example", m.ingresses["holdfast"].Spec.Rules[0].Host)
	require.Equal(t, m.ingresses["holdfast"].Spec.Rules[0].Host, m.ingresses["holdfast"].Spec.TLS[0].Hosts[0])
	require.Equal(t, "restricted", m.namespaces["holdfast"].Labels["pod-security.kubernetes.io/enforce"])
	for name, config := range m.configs {
		require.True(t, strings.HasPrefix(name, "holdfast-"))
		require.Equal(t, "20s", config.Data["HOLDFAST_DRAIN_TIMEOUT"], "the base's settings are kept")
		require.NotEmpty(t, config.Data["HOLDFAST_TRUSTED_PROXIES"])
	}
	monitor := m.monitors["holdfast"].Spec
	require.Equal(t, "http", monitor.Endpoints[0].Port)
	require.Subset(t, server.Spec.Template.Labels, monitor.Selector.MatchLabels)
	require.Subset(t, m.services["holdfast"].Labels, monitor.Selector.MatchLabels)
}

func TestKubernetesFaultsAreFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, old, planted, want string }{
		"unknown member":  {"deployment.yaml", "minReadySeconds:", "minReadiSeconds:", `unknown field "minReadiSeconds"`},
		"wrong type":      {"autoscaler.yaml", "minReplicas: 3", "minReplicas: three", "cannot unmarshal string"},
		"no such file":    {"kustomization.yaml", "  - service.yaml", "  - absent.yaml", "absent.yaml"},
		"unknown setting": {"kustomization.yaml", "configMapGenerator:", "configMapGenerators:", "unknown field"},
		"root":            {"deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "holdfast: the pod may run as root"},
		"writable":        {"migration.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "migrate: may more than it needs"},
		"capabilities":    {"deployment.yaml", "capabilities: {drop: [ALL]}", "capabilities: {}", "holdfast: may more than it needs"},
		"escalation":      {"deployment.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "holdfast: may more than it needs"},
		"no memory limit": {"migration.yaml", "limits: {memory: 256Mi}", "limits: {}", "migrate: no requests, or no limit of memory"},
		"killed early":    {"deployment.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 30", "holdfast: is killed before it has drained"},
		"no pause":        {"deployment.yaml", "sleep: {seconds: 5}", "sleep: {seconds: 0}", "holdfast: gets requests after SIGTERM"},
		"wrong probe":     {"deployment.yaml", "path: /readyz, port: http", "path: /healthz, port: http", "holdfast: readiness asks /healthz"},
		"restarts it all": {"deployment.yaml", "httpGet: {path: /healthz, port: http}\n            periodSeconds: 10", "httpGet: {path: /readyz, port: http}\n            periodSeconds: 10", "holdfast: liveness asks /readyz"},
		"selects nothing": {"service.yaml", "component: server}\n  ports", "component: servers}\n  ports", "service: selects no pod"},
		"protects none":   {"disruption-budget.yaml", "component: server", "component: servers", "disruption budget: selects no pod"},
		"scales nothing":  {"autoscaler.yaml", "kind: Deployment, name: holdfast", "kind: Deployment, name: other", "autoscaler: no deployment other"},
		"fights":          {"deployment.yaml", "  revisionHistoryLimit: 5", "  replicas: 3", "holdfast: a number of replicas fights the autoscaler"},
		"open":            {"network-policies.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", "network policies: not everything is denied by default"},
		"buffered":        {"ingress.yaml", `proxy-buffering: "off"`, `proxy-buffering: "on"`, "ingress: holds streams back"},
		"short":           {"ingress.yaml", `proxy-read-timeout: "60"`, `proxy-read-timeout: "10"`, "ingress: cuts streams between two heartbeats"},
		"leads nowhere":   {"ingress.yaml", "service: {name: holdfast, port: {name: http}}", "service: {name: holdfast, port: {name: web}}", "ingress: no port web"},
		"no config":       {"deployment.yaml", "configMapRef: {name: holdfast}", "configMapRef: {name: other}", "holdfast: no config map other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := filesys.MakeFsInMemory()
			files, err := filepath.Glob(filepath.Join(root, "kubernetes", "base", "*.yaml"))
			require.NoError(t, err)
			for _, file := range files {
				text := string(read(t, "kubernetes", "base", filepath.Base(file)))
				if filepath.Base(file) == test.file {
					require.Contains(t, text, test.old)
					text = strings.Replace(text, test.old, test.planted, 1)
				}
				require.NoError(t, folder.WriteFile("/base/"+filepath.Base(file), []byte(text)))
			}
			m, err := build(folder, "/base")
			if err != nil {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.Contains(t, strings.Join(m.findings(), "\n"), test.want)
		})
	}
}
