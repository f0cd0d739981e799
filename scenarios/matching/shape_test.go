package matching

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

type shapeInner struct {
	Name string `json:"name" oneOf:"a|b"`
	Deep string `json:"deep"`
}

type shapeSelf struct{}

func (shapeSelf) MarshalJSON() ([]byte, error) { return []byte(`{"anything": 1}`), nil }

type shapeWord int

func (shapeWord) MarshalText() ([]byte, error) { return []byte("word"), nil }

type shaped struct {
	shapeInner
	Name    int               `json:"name"` // takes the place of the one below
	Words   []string          `json:"words" oneOf:"one|two"`
	Quoted  int               `json:"quoted,string"`
	Left    string            `json:"-"`
	hidden  string            // which encoding/json does not see
	At      *time.Time        `json:"at"`
	Raw     []byte            `json:"raw"`
	Word    shapeWord         `json:"word"`
	Self    shapeSelf         `json:"self"`
	Other   json.RawMessage   `json:"other"`
	Any     any               `json:"any"`
	Map     map[string]int    `json:"map"`
	Yes     bool              `json:"yes"`
	Dollar  string            `json:"$ref"`
	Same    *shaped           `json:"same"`
	Labels  map[string]string `json:"labels"`
	Instead chan int          `json:"instead"`
}

// What the shape of a type refuses, and what it must let pass.
func TestCheckShape(t *testing.T) {
	_ = shaped{}.hidden
	s := ShapeOf(reflect.TypeFor[shaped](), map[reflect.Type]reflect.Type{reflect.TypeFor[chan int](): reflect.TypeFor[shapeInner]()}).
		Or(ShapeOf(reflect.TypeFor[struct {
			Refused string `json:"refused"`
		}](), nil))
	for _, test := range []struct{ expect, mistake string }{
		{`{name: 1, deep: x, words: [one, two], quoted: "1", at: "2026-01-05T09:00:00Z", raw: aGk=, word: word, yes: true}`, ""},
		{`{self: {x: 1}, other: [1], any: {y: {z: 1}}, map: {any: 1}, $$ref: x, same: {same: {name: 2}}, instead: {name: a}, refused: x}`, ""},
		{`{name: a}`, `$.name is a number, which the text "a" never equals`},
		{`{words: [three]}`, `$.words[0] is never "three"`},
		{`{words: {$contains: three}}`, `$.words[…] is never "three"`},
		{`{words: {$set: [one, 2]}}`, `$.words[…] is text, which the number 2 never equals`},
		{`{instead: {name: c}}`, `$.instead.name is never "c"; it is one of a, b`},
		{`{instead: {name: ""}}`, ""},
		{`{instead: {name: {$not: c}}}`, `$.instead.name is never "c"`},
		{`{quoted: 1}`, "$.quoted is text"},
		{`{Left: x}`, `the result never has a key "Left"`},
		{`{hidden: x}`, `the result never has a key "hidden"`},
		{`{at: {$gt: 5}}`, "$.at is text, on which $gt with the number 5 never holds"},
		{`{at: {$gt: "2026-01-05T09:00:00Z"}}`, ""},
		{`{raw: [1]}`, "$.raw is text"},
		{`{word: 1}`, "$.word is text"},
		{`{map: {any: x}}`, "$.map.any is a number"},
		{`{map: [1]}`, "$.map is a map, which a list never equals"},
		{`{yes: {$len: 1}}`, "$.yes is true or false and has no length"},
		{`{name: {$len: 1}}`, "$.name is a number and has no length"},
		{`{same: {same: {nmae: 2}}}`, `$.same.same never has a key "nmae"; did you mean "name"?`},
		{`{unknown: {$exists: false}}`, `the result never has a key "unknown"`},
		{`{deep: null, at: null}`, ""},
		{`{deep: {$contains: 1}}`, "$.deep is text, of which the number 1 is no part"},
		{`{deep: {$set: [x]}}`, "$.deep is text, on which $set never holds"},
		{`{yes: {$set: [true]}}`, "$.yes is true or false, on which $set never holds"},
		{`{instead: {name: {$matches: "^c"}}}`, "$.instead.name never matches this"},
		{`{instead: {name: {$contains: c}}}`, `$.instead.name never contains "c"`},
		{`{labels: {x: {$any: true}}, words: {$len: 2}}`, ""},
		{`[1]`, "the result is a map, which a list never equals"},
	} {
		file, err := strictyaml.Parse("x.yaml", []byte("expect: "+test.expect+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		errs := CheckShape(file.Root().Get("expect"), s)
		switch {
		case test.mistake == "" && len(errs) > 0:
			t.Errorf("%s: %v", test.expect, errs)
		case test.mistake != "" && (len(errs) != 1 || !strings.HasPrefix(errs[0].Message, test.mistake)):
			t.Errorf("%s: %v, want %q", test.expect, errs, test.mistake)
		}
	}
}

// A value that is not known yet can be anything.
func TestCheckShapeWithoutValues(t *testing.T) {
	file, err := strictyaml.Parse("x.yaml", []byte(`{name: "${x}", "${x}": 1, words: {$contains: "${x}"}, at: {$gt: "${x}"}, deep: {$contains: ["${x}"]}, same: {instead: {$any: true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	expect, _ := file.Root().Interpolate(func(string, strictyaml.Position) (any, bool, error) { return nil, false, nil })
	if errs := CheckShape(expect, ShapeOf(reflect.TypeFor[shaped](), nil)); len(errs) > 0 {
		t.Error(errs)
	}
	if errs := CheckShape(expect, Shape{}); len(errs) > 0 {
		t.Errorf("nothing is known of the result: %v", errs)
	}
}
