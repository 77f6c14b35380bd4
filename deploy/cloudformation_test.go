package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// node is a place in a template: its value, and the function (Ref, Sub, If …) that makes one of it.
type node struct {
	t        *testing.T
	function string
	value    *yaml.Node
}

func template(t *testing.T, name string) node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(read(t, name), &doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return open(t, doc.Content[0])
}

func open(t *testing.T, n *yaml.Node) node {
	t.Helper()
	if function, ok := strings.CutPrefix(n.Tag, "!"); ok && !strings.HasPrefix(function, "!") {
		return node{t, function, n}
	}
	return node{t, "", n}
}

// get is the value of a key.
func (n node) get(key string) (node, bool) {
	if n.value.Kind == yaml.MappingNode {
		for i := 0; i < len(n.value.Content); i += 2 {
			if n.value.Content[i].Value == key {
				return open(n.t, n.value.Content[i+1]), true
			}
		}
	}
	return node{}, false
}

// at goes down by keys; each must be there.
func (n node) at(keys ...string) node {
	n.t.Helper()
	for _, key := range keys {
		below, ok := n.get(key)
		if !ok {
			n.t.Fatalf("no %s of %v", key, keys)
		}
		n = below
	}
	return n
}

// keys are the keys of a mapping.
func (n node) keys() (out []string) {
	if n.value.Kind == yaml.MappingNode {
		for i := 0; i < len(n.value.Content); i += 2 {
			out = append(out, n.value.Content[i].Value)
		}
	}
	return out
}

// each visits this node and everything below.
func (n node) each(see func(node)) {
	see(n)
	step := 1
	if n.value.Kind == yaml.MappingNode {
		step = 2
	}
	for i := step - 1; i < len(n.value.Content); i += step {
		open(n.t, n.value.Content[i]).each(see)
	}
}

// strings are the literal texts of a text or a list.
func (n node) strings() (out []string) {
	switch {
	case n.value.Kind == yaml.ScalarNode && n.function == "":
		return []string{n.value.Value}
	case n.value.Kind == yaml.SequenceNode:
		for _, below := range n.value.Content {
			out = append(out, open(n.t, below).strings()...)
		}
	}
	return out
}

var substitution = regexp.MustCompile(`\$\{([^}!]+)\}`)

func TestTemplatesNameOnlyWhatThereIs(t *testing.T) {
	for _, name := range files(t, "cloudformation") {
		root := template(t, name)
		resources, parameters := root.at("Resources").keys(), root.at("Parameters").keys()
		var conditions []string
		if c, ok := root.get("Conditions"); ok {
			conditions = c.keys()
		}
		known := slices.Concat(resources, parameters)
		used := map[string]bool{}
		refer := func(to string, among []string) {
			used[to] = true
			if !strings.HasPrefix(to, "AWS::") && !slices.Contains(among, to) {
				t.Errorf("%s: %s is not there", name, to)
			}
		}
		root.each(func(n node) {
			text := n.value.Value
			switch n.function {
			case "Ref":
				refer(text, known)
			case "GetAtt":
				resource, _, _ := strings.Cut(text, ".")
				refer(resource, resources)
			case "Sub":
				for _, m := range substitution.FindAllStringSubmatch(text, -1) {
					refer(m[1], known)
				}
			case "Condition":
				refer(text, conditions)
			case "If":
				refer(n.value.Content[0].Value, conditions)
			}
			if c, ok := n.get("Condition"); ok && c.function == "" && len(c.strings()) == 1 {
				refer(c.strings()[0], conditions)
			}
			if d, ok := n.get("DependsOn"); ok {
				refer(d.strings()[0], resources)
			}
		})
		for _, p := range slices.Concat(parameters, conditions) {
			if !used[p] {
				t.Errorf("%s: %s is used by nothing", name, p)
			}
		}
	}
}

func TestTemplatesEncryptAndLockEveryQueue(t *testing.T) {
	root := template(t, "cloudformation/queue.yaml").at("Resources")
	for _, name := range root.keys() {
		if kind := root.at(name, "Type").strings()[0]; kind == "AWS::SQS::Queue" || kind == "AWS::SNS::Topic" {
			root.at(name, "Properties", "KmsMasterKeyId")
		}
	}
	root.at("Queue", "Properties", "RedrivePolicy", "maxReceiveCount")
	for _, policy := range []string{"QueuePolicy", "DeadLetterQueuePolicy", "TopicPolicy"} {
		root.at(policy, "Properties", "PolicyDocument", "Statement").each(func(n node) {
			effect, ok := n.get("Effect")
			if !ok || effect.strings()[0] != "Allow" {
				return
			}
			if from, ok := n.at("Condition").get("ArnEquals"); !ok || !slices.Contains(from.keys(), "aws:SourceArn") {
				t.Errorf("%s lets in more than one source", policy)
			}
		})
	}
}
