package strictyaml

import (
	"reflect"
	"slices"
	"strings"
)

// Field is a key that a struct accepts. Tags of the struct's field say what is
// known of it:
//
//	yaml:"name"      its key; json:"name" counts where there is no yaml tag
//	required:"true"  it must be given
//	oneOf:"a|b|c"    its texts (or those of its elements) must be one of these
//	doc:"…"          what it means, for the JSON Schema
//
// Without a name in a tag the key is the Go name with its first word in lower
// case: UserName is userName, ID is id. The name "-" leaves a field out. The
// fields of an embedded struct stand in its place.
type Field struct {
	Name     string
	Type     reflect.Type
	Index    []int // for reflect.Value.FieldByIndex
	Required bool
	OneOf    []string
	Doc      string
}

// Fields lists the keys of a struct type in the order of their declaration. A
// field hides fields of the same name in embedded structs.
func Fields(structType reflect.Type) []Field {
	var fields []Field
	at := map[string]int{}
	collect(structType, nil, func(f Field) {
		if known, ok := at[f.Name]; ok {
			if len(f.Index) < len(fields[known].Index) {
				fields[known] = f
			}
			return
		}
		at[f.Name] = len(fields)
		fields = append(fields, f)
	})
	return fields
}

func collect(structType reflect.Type, index []int, add func(Field)) {
	for i := range structType.NumField() {
		f := structType.Field(i)
		tag, tagged := f.Tag.Lookup("yaml")
		if !tagged {
			tag = f.Tag.Get("json")
		}
		name, _, _ := strings.Cut(tag, ",")
		path := append(slices.Clone(index), i)
		switch {
		case name == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			collect(f.Type, path, add)
		case !f.IsExported():
		default:
			if name == "" {
				name = lowerFirst(f.Name)
			}
			field := Field{Name: name, Type: f.Type, Index: path, Required: f.Tag.Get("required") == "true", Doc: f.Tag.Get("doc")}
			if words := f.Tag.Get("oneOf"); words != "" {
				field.OneOf = strings.Split(words, "|")
			}
			add(field)
		}
	}
}

// lowerFirst puts the first word of a Go name in lower case.
func lowerFirst(name string) string {
	upper := len(name) - len(strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if upper > 1 && upper < len(name) {
		upper-- // the last capital begins the next word
	}
	return strings.ToLower(name[:upper]) + name[upper:]
}
