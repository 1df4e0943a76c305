package check

import (
	"fmt"
	"strconv"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// findings says what an API server would take and is wrong all the same.
func (m *manifests) findings() []string {
	var findings []string
	for name, deployment := range m.deployments {
		pod := deployment.Spec.Template
		if deployment.Spec.Replicas != nil {
			findings = append(findings, name+": a number of replicas fights the autoscaler")
		}
		if !selects(deployment.Spec.Selector, pod.Labels) {
			findings = append(findings, name+": selects no pod")
		}
		findings = append(findings, m.podFindings(name, pod.Spec)...)
		findings = append(findings, m.drainFindings(name, pod.Spec)...)
		findings = append(findings, probeFindings(name, pod.Spec.Containers[0])...)
	}
	for name, job := range m.jobs {
		findings = append(findings, m.podFindings(name, job.Spec.Template.Spec)...)
	}
	findings = append(findings, m.aboutFindings()...)
	findings = append(findings, m.policyFindings()...)
	return append(findings, m.ingressFindings()...)
}

func selects(selector *meta.LabelSelector, pod map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(pod))
}

// is reports whether an optional value is there and equals want.
func is[T comparable](value *T, want T) bool { return value != nil && *value == want }

// podFindings holds a pod against the restricted Pod Security Standard and
// more: no root, nothing writable, bounded memory, settings that exist.
func (m *manifests) podFindings(name string, pod core.PodSpec) []string {
	var findings []string
	if s := pod.SecurityContext; s == nil || !is(s.RunAsNonRoot, true) || s.RunAsUser == nil || *s.RunAsUser == 0 ||
		s.SeccompProfile == nil || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		findings = append(findings, name+": the pod may run as root")
	}
	if !is(pod.AutomountServiceAccountToken, false) {
		findings = append(findings, name+": gets a token of the cluster")
	}
	if m.accounts[pod.ServiceAccountName] == nil {
		findings = append(findings, name+": no service account "+pod.ServiceAccountName)
	}
	for _, container := range pod.Containers {
		s := container.SecurityContext
		if s == nil || !is(s.AllowPrivilegeEscalation, false) || !is(s.ReadOnlyRootFilesystem, true) ||
			s.Capabilities == nil || len(s.Capabilities.Drop) != 1 || s.Capabilities.Drop[0] != "ALL" {
			findings = append(findings, container.Name+": may more than it needs")
		}
		if container.Resources.Requests.Cpu().IsZero() || container.Resources.Requests.Memory().IsZero() || container.Resources.Limits.Memory().IsZero() {
			findings = append(findings, container.Name+": no requests, or no limit of memory")
		}
		for _, from := range container.EnvFrom {
			if from.ConfigMapRef != nil && m.configs[from.ConfigMapRef.Name] == nil {
				findings = append(findings, container.Name+": no config map "+from.ConfigMapRef.Name)
			}
		}
	}
	return findings
}

// drainFindings compares the times of stopping.
func (m *manifests) drainFindings(name string, pod core.PodSpec) []string {
	var findings []string
	var drain, pause time.Duration
	for _, config := range m.configs {
		drain, _ = time.ParseDuration(config.Data["HOLDFAST_DRAIN_TIMEOUT"]) // 0 is found below
	}
	if hook := pod.Containers[0].Lifecycle; hook != nil && hook.PreStop != nil && hook.PreStop.Sleep != nil {
		pause = time.Duration(hook.PreStop.Sleep.Seconds) * time.Second
	}
	if pause <= 0 {
		findings = append(findings, name+": gets requests after SIGTERM")
	}
	grace := pod.TerminationGracePeriodSeconds
	if drain <= 0 || grace == nil || time.Duration(*grace)*time.Second < pause+drain+closing {
		findings = append(findings, name+": is killed before it has drained")
	}
	return findings
}

func probeFindings(name string, container core.Container) []string {
	var findings []string
	for what, probe := range map[string]*core.Probe{"readiness": container.ReadinessProbe, "liveness": container.LivenessProbe, "startup": container.StartupProbe} {
		want := "/healthz"
		if what == "readiness" {
			want = "/readyz"
		}
		switch {
		case probe == nil || probe.HTTPGet == nil:
			findings = append(findings, fmt.Sprintf("%s: no %s probe", name, what))
		case probe.HTTPGet.Path != want:
			findings = append(findings, fmt.Sprintf("%s: %s asks %s", name, what, probe.HTTPGet.Path))
		case probe.HTTPGet.Port.StrVal != container.Ports[0].Name:
			findings = append(findings, fmt.Sprintf("%s: %s asks at no port of it", name, what))
		}
	}
	return findings
}

// aboutFindings follows what points at the deployment.
func (m *manifests) aboutFindings() []string {
	var findings []string
	pod := m.deployments["holdfast"].Spec.Template.Labels
	for _, service := range m.services {
		if !selects(&meta.LabelSelector{MatchLabels: service.Spec.Selector}, pod) {
			findings = append(findings, "service: selects no pod")
		}
	}
	for _, budget := range m.budgets {
		if !selects(budget.Spec.Selector, pod) {
			findings = append(findings, "disruption budget: selects no pod")
		}
	}
	for _, scaler := range m.scalers {
		if m.deployments[scaler.Spec.ScaleTargetRef.Name] == nil {
			findings = append(findings, "autoscaler: no deployment "+scaler.Spec.ScaleTargetRef.Name)
		}
	}
	for _, constraint := range m.deployments["holdfast"].Spec.Template.Spec.TopologySpreadConstraints {
		if !selects(constraint.LabelSelector, pod) {
			findings = append(findings, "topology spread: selects no pod")
		}
	}
	return findings
}

// policyFindings looks for the policy that allows nothing, to any pod of ours.
func (m *manifests) policyFindings() []string {
	denied := 0
	for _, policy := range m.policies {
		if spec := policy.Spec; len(spec.Ingress) == 0 && len(spec.Egress) == 0 && len(spec.PolicyTypes) == 2 &&
			selects(&spec.PodSelector, m.deployments["holdfast"].Spec.Template.Labels) &&
			selects(&spec.PodSelector, m.jobs["holdfast-migrate"].Spec.Template.Labels) {
			denied++
		}
	}
	if denied == 0 {
		return []string{"network policies: not everything is denied by default"}
	}
	return nil
}

// heartbeat is how often a stream says something.
const heartbeat = 15 * time.Second

func (m *manifests) ingressFindings() []string {
	const nginx = "nginx.ingress.kubernetes.io/"
	var findings []string
	for _, ingress := range m.ingresses {
		if ingress.Annotations[nginx+"proxy-buffering"] != "off" {
			findings = append(findings, "ingress: holds streams back")
		}
		seconds, _ := strconv.Atoi(ingress.Annotations[nginx+"proxy-read-timeout"]) // 0 is too short
		if time.Duration(seconds)*time.Second < 2*heartbeat {
			findings = append(findings, "ingress: cuts streams between two heartbeats")
		}
		for _, path := range ingress.Spec.Rules[0].HTTP.Paths {
			if !m.hasPort(path.Backend.Service.Name, path.Backend.Service.Port.Name) {
				findings = append(findings, "ingress: no port "+path.Backend.Service.Port.Name)
			}
		}
	}
	return findings
}

func (m *manifests) hasPort(service, name string) bool {
	if m.services[service] == nil {
		return false
	}
	for _, port := range m.services[service].Spec.Ports {
		if port.Name == name && port.TargetPort.StrVal == m.deployments["holdfast"].Spec.Template.Spec.Containers[0].Ports[0].Name {
			return true
		}
	}
	return false
}
