package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/idharness/harness/internal/refusal"
)

func TestHostileTextIsEscapedEverywhere(t *testing.T) {
	pages, err := Parse(fstest.MapFS{"p.html": {Data: []byte(`{{define "content"}}<p>{{.Page}}</p>{{end}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	evil := `</script><script>alert(1)</script>`
	w := httptest.NewRecorder()
	pages.Render(w, 403, "p.html", View{
		Title: evil, Brand: evil, Page: evil, Data: map[string]string{"x": evil}, Config: map[string]any{"pgid": evil, "sErrTxt": evil},
		Refusal: &refusal.Refusal{Code: evil, Message: evil, Expected: evil, Got: evil, Where: evil, Hint: evil},
	})
	if w.Code != 403 {
		t.Fatalf("status = %d, want 403: %s", w.Code, w.Body)
	}
	if body := w.Body.String(); strings.Contains(body, "<script>alert") {
		t.Errorf("the page holds the script:\n%s", body)
	}
	for _, want := range []string{`id="` + RefusalID + `"`, `id="` + DataID + `"`, "$Config="} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestUnknownPageIsAnError(t *testing.T) {
	pages, err := Parse(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	pages.Render(w, 200, "none.html", View{})
	if w.Code != 500 {
		t.Errorf("status = %d, want 500", w.Code)
	}
}
