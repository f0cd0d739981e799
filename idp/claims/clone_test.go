package claims

import (
	"reflect"
	"testing"
)

// A clone equals the original and shares no pointer, slice or map with it,
// whatever fields a configuration has.
func TestCloneSharesNothing(t *testing.T) {
	var c Configuration
	fill(reflect.ValueOf(&c).Elem(), 4)
	clone := c.Clone()
	if !reflect.DeepEqual(c, clone) {
		t.Fatalf("the clone differs:\n%+v\n%+v", c, clone)
	}
	for path := range shared(t, "Configuration", reflect.ValueOf(c), reflect.ValueOf(clone)) {
		t.Errorf("%s is shared", path)
	}
}

// fill gives every field a value; depth bounds types that hold themselves.
func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), depth-1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth)
			}
		}
	}
}

// shared lists the places at which two equal values point to the same memory.
func shared(t *testing.T, path string, a, b reflect.Value) map[string]bool {
	found := make(map[string]bool)
	var walk func(path string, a, b reflect.Value)
	walk = func(path string, a, b reflect.Value) {
		switch a.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			if a.IsNil() {
				return
			}
			if a.Pointer() == b.Pointer() {
				found[path] = true
			}
			if a.Kind() == reflect.Pointer {
				walk(path, a.Elem(), b.Elem())
			} else if a.Kind() == reflect.Slice {
				walk(path+"[0]", a.Index(0), b.Index(0))
			} else {
				t.Errorf("%s is a map: teach this test to look into it", path)
			}
		case reflect.Struct:
			for i := range a.NumField() {
				walk(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
			}
		}
	}
	walk(path, a, b)
	return found
}
