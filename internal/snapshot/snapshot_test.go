package snapshot

import "testing"

func TestUnmarshal(t *testing.T) {
	var v struct {
		Version int    `json:"version"`
		Name    string `json:"name"`
	}
	if err := Unmarshal([]byte(`{"name": "a", "version": 1}`), 1, &v); err != nil || v.Name != "a" {
		t.Errorf("%+v, %v", v, err)
	}
	for text, want := range map[string]string{
		``:                               "EOF",
		`[1]`:                            "it has no version, so it is no snapshot",
		`{"name": "a"}`:                  "it has no version, so it is no snapshot",
		`{"version": 2, "name": 7}`:      "version is 2: this program reads version 1",
		`{"version": "1"}`:               "version: it is no whole number",
		`{"version": 1, "name": 7}`:      "name: a JSON number cannot be a string (at byte 24)",
		`{"version": 1, "color": "red"}`: `unknown field "color"`,
		`{"version": 1} {}`:              "something follows its end",
		`{"version": 1`:                  "unexpected EOF",
	} {
		if err := Unmarshal([]byte(text), 1, &v); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestMoved(t *testing.T) {
	moved := map[string]string{"http://a:1": "https://b", "http://a:1/x": "http://c"}
	for address, want := range map[string]string{
		"http://a:1": "https://b", "http://a:1/acs": "https://b/acs", "http://a:1?q": "https://b?q", "http://a:12/acs": "http://a:12/acs",
		"http://a:1/x/y": "http://c/y", "http://other": "http://other", "": "",
	} {
		if got := Moved(address, moved); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}
