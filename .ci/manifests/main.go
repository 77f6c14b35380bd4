// Command manifests reads Kubernetes manifests from standard input and fails unless each is, field by field, of the
// type it says it is, and every pod in them would be admitted to a namespace of the restricted Pod Security Standard.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "manifests:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	docs := utilyaml.NewYAMLReader(bufio.NewReader(in))
	var errs []error
	n := 0
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal(doc, &kind); err != nil {
			return err
		}
		if kind.Kind == "" {
			continue
		}
		n++
		if err := check(kind, doc); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", kind.Kind, err))
		}
	}
	if n == 0 {
		return errors.New("no manifest given")
	}
	fmt.Fprintf(out, "%d manifests of their types, pods restricted\n", n)
	return errors.Join(errs...)
}

// serviceMonitor is the part of the Prometheus operator's type that the chart uses.
type serviceMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Selector  metav1.LabelSelector `json:"selector"`
		Endpoints []struct {
			Port          string `json:"port"`
			Path          string `json:"path"`
			Interval      string `json:"interval"`
			Authorization struct {
				Credentials corev1.SecretKeySelector `json:"credentials"`
			} `json:"authorization"`
		} `json:"endpoints"`
	} `json:"spec"`
}

func check(kind metav1.TypeMeta, doc []byte) error {
	switch kind.APIVersion + " " + kind.Kind {
	case "v1 ConfigMap":
		return yaml.UnmarshalStrict(doc, &corev1.ConfigMap{})
	case "v1 Service":
		return yaml.UnmarshalStrict(doc, &corev1.Service{})
	case "v1 ServiceAccount":
		return yaml.UnmarshalStrict(doc, &corev1.ServiceAccount{})
	case "networking.k8s.io/v1 NetworkPolicy":
		return yaml.UnmarshalStrict(doc, &networkingv1.NetworkPolicy{})
	case "policy/v1 PodDisruptionBudget":
		return yaml.UnmarshalStrict(doc, &policyv1.PodDisruptionBudget{})
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return yaml.UnmarshalStrict(doc, &serviceMonitor{})
	case "apps/v1 Deployment":
		var d appsv1.Deployment
		if err := yaml.UnmarshalStrict(doc, &d); err != nil {
			return err
		}
		return admit(d.Spec.Selector, &d.Spec.Template)
	case "apps/v1 StatefulSet":
		var s appsv1.StatefulSet
		if err := yaml.UnmarshalStrict(doc, &s); err != nil {
			return err
		}
		return admit(s.Spec.Selector, &s.Spec.Template)
	default:
		return fmt.Errorf("%s is not expected here", kind.APIVersion)
	}
}

// admit is nil if the selector finds the pods, and the restricted standard admits them.
func admit(by *metav1.LabelSelector, pod *corev1.PodTemplateSpec) error {
	selector, err := metav1.LabelSelectorAsSelector(by)
	if err != nil {
		return err
	}
	if labels := mapLabels(pod.Labels); !selector.Matches(labels) {
		return fmt.Errorf("the selector %s misses its own pods", selector)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	if result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec)); !result.Allowed {
		return fmt.Errorf("restricted pod security: %s", result.ForbiddenDetail())
	}
	return nil
}

// mapLabels are a pod's labels as a selector sees them.
type mapLabels map[string]string

func (m mapLabels) Has(label string) bool              { _, ok := m[label]; return ok }
func (m mapLabels) Get(label string) string            { return m[label] }
func (m mapLabels) Lookup(label string) (string, bool) { v, ok := m[label]; return v, ok }
