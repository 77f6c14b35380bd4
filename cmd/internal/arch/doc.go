// Package arch holds the project's import rules as a test: which room may import which, and which outside
// system each package may speak to. The rules are in the test itself.
package arch
