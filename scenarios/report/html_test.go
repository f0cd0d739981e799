package report_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

func pageOf(t *testing.T, reports []scenarios.Report) (string, *html.Node) {
	t.Helper()
	var out bytes.Buffer
	if err := report.HTML(&out, reports); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), doc
}

// Whatever a system under test sends stays text: the page has only elements and
// attributes of its own, refers to nothing outside, and forbids scripts.
func TestHTMLIsInertAndSelfContained(t *testing.T) {
	reports := sample()
	r := &reports[0]
	r.Name, r.Path, r.Tags, r.Error = r.Name+hostile, r.Path+`"><img src=x>`, []string{hostile, "</style><script>"}, hostile
	r.Steps[1].Title += hostile
	r.Steps[1].Details[0].Source, r.Steps[1].Details[0].Path, r.Steps[1].Details[0].Diff = hostile, hostile, "- "+hostile+"\n+ "+hostile
	e := &r.Trace[3]
	e.Kind, e.From, e.To = hostile, `" onclick="alert(1)`, "javascript:alert(1)"
	e.Request.URL, e.Request.Method = "javascript:alert(1)//"+hostile, hostile
	e.Response.Header = map[string][]string{"Location": {"javascript:alert(1)"}, hostile: {hostile}}
	text, doc := pageOf(t, reports)
	elements := strings.Fields("html head meta title link style body a header h1 p span main nav ol ul li details summary h2 h3 h4 pre div code dl dt dd section b table caption thead tbody tr th td footer")
	attributes := strings.Fields("lang charset http-equiv content name rel href class id open aria-label aria-hidden scope")
	policy, seen := "", 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		seen++
		if !contains(elements, n.Data) {
			t.Errorf("the page has an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if !contains(attributes, a.Key) {
				t.Errorf("%s has an attribute %s=%q", n.Data, a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," {
				t.Errorf("%s refers to %s", n.Data, a.Val)
			}
			if a.Key == "content" && strings.HasPrefix(a.Val, "default-src") {
				policy = a.Val
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d elements", seen)
	}
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "script-src") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if strings.ContainsAny(text, "\x00\x1b\u202e") {
		t.Error("the page holds characters that mislead its reader")
	}
	if !strings.Contains(text, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") {
		t.Error("the hostile text is not there at all")
	}
	for _, outside := range []string{"url(", "@import", "src=", "http-equiv=\"refresh"} {
		if strings.Contains(strings.ReplaceAll(text, "src=x", ""), outside) {
			t.Errorf("the page holds %s", outside)
		}
	}
}

func contains(list []string, text string) bool {
	for _, item := range list {
		if item == text {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func all(doc *html.Node, element, class string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != element {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "class" && contains(strings.Fields(a.Val), class) {
				found = append(found, n)
			}
		}
	}
	return found
}

// Real systems in the place of a mock have their lanes.
func TestLanesOfTargets(t *testing.T) {
	r := scenarios.Report{Name: "x", Path: "x.yaml", Trace: []harness.Exchange{
		{Seq: 1, From: "browser", To: "wiki.contoso.example"}, {Seq: 2, From: "browser", To: "identityProvider"}, {Seq: 3, From: "browser", To: "serviceProvider"}, {Seq: 4, From: "entra", To: "scim"},
	}}
	_, doc := pageOf(t, []scenarios.Report{r})
	if got, want := textOf(all(doc, "div", "lanes")[0]), "Browser Entra ID SCIM endpoint Service provider Identity provider wiki.contoso.example"; got != want {
		t.Errorf("lanes %s, want %s", got, want)
	}
}

func TestSequenceDiagram(t *testing.T) {
	_, doc := pageOf(t, sample())
	var lanes []string
	for n := range all(doc, "div", "lanes")[0].ChildNodes() {
		lanes = append(lanes, textOf(n))
	}
	if got, want := strings.Join(lanes, ", "), "Browser, Client, Entra ID, Identity Center, SCIM endpoint"; got != want {
		t.Errorf("lanes %s, want %s", got, want)
	}
	messages := all(doc, "details", "message")
	if len(messages) != 4 {
		t.Fatalf("%d messages, want 4", len(messages))
	}
	for i, want := range []struct{ arrow, label string }{
		{"arrow right from4 to6", "1 federation metadata Client → Entra ID GET /t/federationmetadata/2007-06/federationmetadata.xml 200 OK"},
		{"arrow right from2 to8", "2 portal Browser → Identity Center GET /start 302 Found"},
		{"arrow right from2 to6", "3 AuthnRequest Browser → Entra ID GET /t/saml2?… 400 Bad Request"},
		{"arrow right from6 to10", "4 CreateUser Entra ID → SCIM endpoint POST /x/scim/v2/Users connection reset"},
	} {
		if got := textOf(all(messages[i], "span", "label")[0]); got != want.label {
			t.Errorf("message %d is labelled %q, want %q", i+1, got, want.label)
		}
		if got := attr(all(messages[i], "span", "arrow")[0], "class"); got != want.arrow {
			t.Errorf("message %d has the arrow %q, want %q", i+1, got, want.arrow)
		}
		if bad := strings.Contains(attr(messages[i], "class"), "bad"); bad != (i >= 2) {
			t.Errorf("message %d is shown as bad: %v", i+1, bad)
		}
	}
	inside := textOf(all(messages[2], "div", "inside")[0])
	for _, want := range []string{
		"2026-01-05 09:00:01Z (virtual time)", "passed issuer the application's Identifier", "failed assignment expected an assignment; got none",
		"failed accepted AADSTS50105 blocked", "Expected an assignment Got none Where Users and groups Fix on the side of entra How assign",
		"attribute x was ignored", "SAMLRequest <samlp:AuthnRequest ID=\"_1\">", "HTTP request GET http://localhost:8400/t/saml2?SAMLRequest=x", "HTTP response 400 Bad Request Content-Type: text/html",
	} {
		if !strings.Contains(inside, want) {
			t.Errorf("the third message does not show %q:\n%s", want, inside)
		}
	}
	if created := textOf(all(messages[3], "div", "inside")[0]); !strings.Contains(created, `{ "userName": "ana@contoso.example", "displayName"`) {
		t.Errorf("JSON is not indented:\n%s", created)
	}
	headings := textOf(all(doc, "section", "seq")[0])
	for _, want := range []string{"1 exchangeMetadata", "2 Ana signs in (signIn)"} {
		if !strings.Contains(headings, want) {
			t.Errorf("the diagram has no heading %q", want)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// Answers and requests the other way point left, and a party that speaks to
// itself has an arrow of its own.
func TestArrowsPointWhereMessagesGo(t *testing.T) {
	reports := sample()[2:]
	reports[0].Trace = []harness.Exchange{{Seq: 1, From: "scim", To: "entra"}, {Seq: 2, From: "entra", To: "entra"}, {Seq: 3, From: "webhook.example", To: "browser"}}
	_, doc := pageOf(t, reports)
	var got []string
	for _, n := range all(doc, "span", "arrow") {
		got = append(got, attr(n, "class"))
	}
	if want := "arrow left from4 to6, arrow self from4 to5, arrow left from2 to8"; strings.Join(got, ", ") != want {
		t.Errorf("arrows %s, want %s", strings.Join(got, ", "), want)
	}
}

// A page of more than anyone reads is bounded, and says so.
func TestHTMLIsBounded(t *testing.T) {
	var reports []scenarios.Report
	seq := 0
	body := `{"displayName":"` + strings.Repeat("x", 40<<10) + `"}`
	for i := range 61 {
		r := scenarios.Report{Name: fmt.Sprint(i), Path: "x.yaml"}
		for j := range 100 {
			seq++
			r.Trace = append(r.Trace, harness.Exchange{Seq: seq, From: fmt.Sprintf("client%d", j), To: "scim", Request: trace.Request{Method: "POST", URL: "http://x/y", Body: body}, Response: trace.Response{Status: 200}})
		}
		reports = append(reports, r)
	}
	text, doc := pageOf(t, reports)
	if len(text) > 32<<20 {
		t.Errorf("the page has %d bytes", len(text))
	}
	if n := len(all(doc, "details", "message")); n != 6000 {
		t.Errorf("%d messages, want 6000", n)
	}
	for _, want := range []string{"100 more exchanges are left out", "bytes left out", "left out: the report would become too large", ">others<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "from18") || strings.Contains(text, "lanes9") {
		t.Error("there are more lanes than the style knows")
	}
}

// No format does work that grows with the square of the run: four times as many
// scenarios take about four times the memory on the way, where the square would
// be 16. Time says the same (see BenchmarkFormats), but not on a busy machine.
func TestWorkGrowsWithTheRun(t *testing.T) {
	small, large := manyReports(5), manyReports(20)
	for _, format := range formats {
		used := func(reports []scenarios.Report) float64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if err := format.write(io.Discard, reports); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		used(small) // what is made once
		if ratio := used(large) / used(small); ratio > 8 {
			t.Errorf("%s: four times as much takes %.1f times the memory", format.file, ratio)
		}
	}
}

// manyReports makes scenarios of 30 steps, each with four exchanges.
func manyReports(n int) []scenarios.Report {
	var reports []scenarios.Report
	for range n {
		r := scenarios.Report{Name: "n", Path: "n.yaml", Status: scenarios.Failed}
		for i := range 30 {
			s := sample()[0].Steps[1]
			s.Number, s.FirstExchange, s.LastExchange = i+1, 4*i+1, 4*i+4
			r.Steps = append(r.Steps, s)
			for _, e := range sampleTrace() {
				e.Seq = 4*i + e.Seq
				r.Trace = append(r.Trace, e)
			}
		}
		reports = append(reports, r)
	}
	return reports
}

// 200 scenarios of 30 steps, in every format.
func BenchmarkFormats(b *testing.B) {
	reports := manyReports(200)
	for _, format := range formats {
		b.Run(format.file, func(b *testing.B) {
			for b.Loop() {
				if err := format.write(io.Discard, reports); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
