package exposure

import "strings"

// wild reports whether a value names more than one thing: it holds a wildcard or a policy variable.
func wild(value string) bool { return strings.ContainsAny(value, "*?") || variable(value) }

func variable(value string) bool { return strings.Contains(value, "${") }

// covers reports whether everything that pattern p can match is matched by pattern g as well. It may say no
// where a cleverer reading says yes, never the other way.
func covers(g, p string) bool {
	steps := (len(g) + 2) * (len(p) + 2) // enough for any
	return coversWithin(g, p, &steps)
}

// coversWithin is covers that takes no more steps than are left, and says no when they are used up.
func coversWithin(g, p string, steps *int) bool {
	star, mark, i, j := -1, 0, 0, 0
	for *steps--; j < len(p); *steps-- {
		switch {
		case *steps < 0:
			return false
		case i < len(g) && g[i] == '*':
			star, mark = i, j
			i++
		case i < len(g) && (g[i] == p[j] && p[j] != '*' || g[i] == '?' && p[j] != '*'):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(g[i:], "*") == ""
}

// overlap reports whether some text could match both patterns. It may say yes where there is none, never the
// other way.
func overlap(a, b string) bool {
	for {
		switch {
		case a == "" || b == "":
			return strings.Trim(a, "*") == "" && strings.Trim(b, "*") == ""
		case a[0] == '*' || b[0] == '*':
			return true
		case a[0] != b[0] && a[0] != '?' && b[0] != '?':
			return false
		}
		a, b = a[1:], b[1:]
	}
}

// coversAny reports whether one of the patterns covers p.
func coversAny(patterns []string, p string) bool {
	for _, g := range patterns {
		if covers(g, p) {
			return true
		}
	}
	return false
}
