package strict

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Environ lays the variables of environ ("NAME=value") whose names begin with prefix over the struct that into
// points to. Every key has a variable: its path in capitals, joined by underscores, list elements by number
// ("PREFIX_CONSUMER_QUEUES_0_URL"; one past the end appends). For a key that ends in _file the variable without
// _FILE may hold the secret itself; the key then holds what secretRef makes of the variable's name. It returns
// the paths set, with the variable that set each, and the faults.
func Environ(environ []string, prefix string, into any, secretRef func(variable string) string) (map[string]string, []Fault) {
	e := &environment{prefix: prefix, set: map[string]string{}, secretRef: secretRef}
	environ = slices.Clone(environ)
	slices.SortFunc(environ, compareNumbered)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if !e.apply(reflect.ValueOf(into).Elem(), "", rest, name, value) {
			e.faults = append(e.faults, Fault{Key: name, Problem: "this environment variable names no setting; correct or unset it"})
		}
	}
	return e.set, e.faults
}

// compareNumbered orders names as text, but the numbers in them as numbers, so that element 2 comes before element 10.
func compareNumbered(a, b string) int {
	for a != "" && b != "" {
		x, restA, isNumberA := leading(a)
		y, restB, isNumberB := leading(b)
		if isNumberA && isNumberB {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
				return c
			}
		} else if c := strings.Compare(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// leading cuts off the digits, or the text without digits, with which a text begins.
func leading(s string) (part, rest string, isNumber bool) {
	isDigit := func(r rune) bool { return '0' <= r && r <= '9' }
	if isNumber = isDigit(rune(s[0])); isNumber {
		rest = strings.TrimLeftFunc(s, isDigit)
	} else if i := strings.IndexFunc(s, isDigit); i >= 0 {
		rest = s[i:]
	}
	return s[:len(s)-len(rest)], rest, isNumber
}

type environment struct {
	prefix    string
	set       map[string]string
	faults    []Fault
	secretRef func(string) string
}

// apply sets what rest, the not yet consumed part of the variable's name, means below v.
func (e *environment) apply(v reflect.Value, path, rest, name, value string) bool {
	switch v.Kind() {
	case reflect.Pointer:
		below := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			below = v
		}
		done := e.apply(below.Elem(), path, rest, name, value)
		if done {
			v.Set(below)
		}
		return done
	case reflect.Struct:
		return e.field(v, path, rest, name, value)
	case reflect.Slice:
		return e.element(v, path, rest, name, value)
	default:
		return false
	}
}

func (e *environment) field(v reflect.Value, path, rest, name, value string) (done bool) {
	eachField(v, func(key string, f reflect.Value) {
		if done {
			return
		}
		full := strings.TrimPrefix(path+"."+key, ".")
		upper := strings.ToUpper(key)
		switch {
		case rest == upper:
			e.assign(f, full, name, value)
			done = true
		case rest+"_FILE" == upper && f.Kind() == reflect.String:
			f.SetString(e.secretRef(name))
			e.set[full] = name
			done = true
		case strings.HasPrefix(rest, upper+"_"):
			done = e.apply(f, full, rest[len(upper)+1:], name, value)
		}
	})
	return done
}

func (e *environment) element(v reflect.Value, path, rest, name, value string) bool {
	digits, below, nested := strings.Cut(rest, "_")
	i, err := strconv.Atoi(digits)
	if err != nil || i < 0 {
		return false
	}
	if i > v.Len() {
		e.faults = append(e.faults, Fault{Key: name, Problem: fmt.Sprintf("the list has %d elements; give number %d first", v.Len(), v.Len())})
		return true
	}
	if i == v.Len() {
		fresh := reflect.New(v.Type().Elem()).Elem()
		setDefaults(fresh)
		v.Set(reflect.Append(v, fresh))
	}
	full := fmt.Sprintf("%s[%d]", path, i)
	if !nested {
		e.assign(v.Index(i), full, name, value)
		return true
	}
	return e.apply(v.Index(i), full, below, name, value)
}

func (e *environment) assign(v reflect.Value, path, name, value string) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	for _, f := range decodeText(value, path, v) {
		e.faults = append(e.faults, Fault{Key: name, Problem: f.Key + ": " + f.Problem})
	}
	e.set[path] = name
}
