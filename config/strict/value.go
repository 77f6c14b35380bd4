package strict

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Defaulter is a list element that is not all zero when its keys are left out.
type Defaulter interface{ SetDefaults() }

func setDefaults(v reflect.Value) {
	if d, ok := v.Addr().Interface().(Defaulter); ok {
		d.SetDefaults()
	}
}

// fieldsOf maps the yaml names of a struct's fields to the fields, inlined structs included.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	out := map[string]reflect.Value{}
	eachField(v, func(name string, f reflect.Value) { out[name] = f })
	return out
}

func eachField(v reflect.Value, visit func(name string, f reflect.Value)) {
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case !sf.IsExported() || name == "-":
		case options == "inline":
			eachField(v.Field(i), visit)
		case name != "":
			visit(name, v.Field(i))
		}
	}
}

// setScalar puts the text s into a plain value.
func setScalar(v reflect.Value, s string) error {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(s)
		if err != nil {
			return errors.New("not a duration; write it as 30s, 15m or 24h")
		}
		v.SetInt(int64(d))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("not true or false")
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 0, v.Type().Bits())
		if err != nil {
			return errors.New("not a whole number, or too large; write digits alone, like 262144")
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(strings.ReplaceAll(s, "_", ""), 0, v.Type().Bits())
		if err != nil {
			return errors.New("not a whole number of at least 0, or too large")
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(s, v.Type().Bits())
		if err != nil {
			return errors.New("not a number")
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("a %s cannot be set from text", v.Type())
	}
	return nil
}

func kindName(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "settings"
	case reflect.String:
		return "text"
	default:
		return "a number or a duration"
	}
}

// nearest suggests the known name that differs least from name.
func nearest(name string, fields map[string]reflect.Value) string {
	names := make([]string, 0, len(fields))
	for n := range fields {
		names = append(names, n)
	}
	sort.Strings(names)
	best, distance := "", 3
	for _, n := range names {
		if d := editDistance(name, n); d < distance {
			best, distance = n, d
		}
	}
	if best == "" {
		return "; known here: " + strings.Join(names, ", ")
	}
	return "; did you mean " + best + "?"
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// problemOf is err's text, unless the key could hold a secret that the text repeats.
func problemOf(path string, err error) string {
	if strings.HasSuffix(path, "_file") {
		return "not the path of a file"
	}
	if at := (*time.ParseError)(nil); errors.As(err, &at) {
		return "is no time; write it like 2026-12-01T00:00:00Z"
	}
	return err.Error()
}

func asYAML(err error, target *yaml.Error) bool { return errors.As(err, target) }

// FileKeys visits every text in the struct that into points to whose key ends in _file, unless it is empty.
func FileKeys(into any, visit func(key string, text *string)) {
	walkFiles(reflect.ValueOf(into).Elem(), "", visit)
}

func walkFiles(v reflect.Value, key string, visit func(key string, text *string)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walkFiles(v.Elem(), key, visit)
		}
	case reflect.Struct:
		eachField(v, func(name string, f reflect.Value) {
			walkFiles(f, strings.TrimPrefix(key+"."+name, "."), visit)
		})
	case reflect.Slice:
		for i := range v.Len() {
			walkFiles(v.Index(i), fmt.Sprintf("%s[%d]", key, i), visit)
		}
	case reflect.String:
		if text, ok := v.Addr().Interface().(*string); ok && strings.HasSuffix(key, "_file") && *text != "" {
			visit(key, text)
		}
	}
}
