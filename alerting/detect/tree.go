package detect

import (
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Tree is the whole record as JSON, read at the first call; absent if there is no Raw, or it is no JSON.
func (in *Input) Tree() cloudtrail.Value {
	if !in.tree.Exists() && len(in.Raw) > 0 {
		if tree, err := cloudtrail.ParseValue(in.Raw); err == nil {
			in.tree = tree
		}
	}
	return in.tree
}

// Visit walks down a value by a dotted path and shows every value found there to see, until see returns true; it
// reports whether that happened. Lists on the way, and at its end, stand for each of their elements. A member name
// that itself holds dots is found as well.
func Visit(v cloudtrail.Value, path string, see func(cloudtrail.Value) bool) bool {
	if v.IsList() {
		for _, element := range v.List() {
			if Visit(element, path, see) {
				return true
			}
		}
		return false
	}
	if path == "" {
		return v.Exists() && see(v)
	}
	if whole := v.Get(path); whole.Exists() {
		return Visit(whole, "", see)
	}
	for i := strings.IndexByte(path, '.'); i >= 0; {
		if member := v.Get(path[:i]); member.Exists() && Visit(member, path[i+1:], see) {
			return true
		}
		next := strings.IndexByte(path[i+1:], '.')
		if next < 0 {
			break
		}
		i += next + 1
	}
	return false
}

// text is the first value at a path, as text; empty if there is none.
func (in *Input) text(path string) string {
	var out string
	Visit(in.Tree(), path, func(v cloudtrail.Value) bool {
		out = v.Text()
		return true
	})
	return out
}
