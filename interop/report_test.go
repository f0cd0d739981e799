package interop

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/idharness/harness/internal/need"
	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// payload would rename the page, were it taken for anything but text.
const payload = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'">`

// hostileScenario has the payload in a displayName, a RelayState, a comment in
// XML and an address; it fails in every way.
const hostileScenario = `name: 'Hostile %[1]s'
tags: ['%[1]s']
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: '%[1]s', givenName: Ana, surname: Sousa}]
  app: {name: App, template: aws-iam-identity-center, assignments: [{user: ana@contoso.example}]}
identityCenter:
  accounts: [{id: "111122223333", name: Production, email: prod@example.com}]
steps:
  - exchangeMetadata: {}
    save: {acs: $.entra.replyURL}
  - connectProvisioning: {}
  - provision: {cycle: initial}
    expect: {status: success, users: {created: 1}}
  - signIn: {user: ana@contoso.example}
  - http:
      url: "${acs}"
      method: POST
      headers: {Content-Type: application/x-www-form-urlencoded}
      body: "SAMLResponse=%[2]s&RelayState=%[3]s"
    expect: {status: 400}
  - name: '# TODO %[1]s'
    observe: identityCenter.users
    expect: [{displayName: '%%0A::error::%[1]s'}]
  - observe: entra.users
    expect: [{}]
finally:
  - http: {url: "http://127.0.0.1:1/?%[3]s"}
    expect: {status: 200}
`

func hostileReport(t *testing.T) []scenarios.Report {
	t.Helper()
	quoted := strings.ReplaceAll(payload, "'", "''")
	response := `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"><!-- ` + payload + ` --><samlp:Status/></samlp:Response>`
	text := fmt.Sprintf(hostileScenario, quoted, url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(response))), url.QueryEscape(payload))
	s, err := scenarios.Load("hostile.yaml", []byte(text), scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	var got []string
	for _, step := range r.Steps {
		got = append(got, step.Status.String())
	}
	if want := "passed passed passed passed passed failed skipped error"; strings.Join(got, " ") != want {
		t.Fatalf("the steps ended as %v, want %s", got, want)
	}
	walk, err := scenarios.LoadFile("../scenarios/demo.yaml", scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return []scenarios.Report{r, scenarios.Run(t.Context(), walk, scenarios.Options{})}
}

func reportFile(t *testing.T, name string, reports []scenarios.Report, write func(io.Writer, []scenarios.Report) error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := report.WriteFile(path, func(w io.Writer) error { return write(w, reports) }); err != nil {
		t.Fatal(err)
	}
	return path
}

// A real browser shows the HTML report: nothing in it runs or is fetched, it
// fits wide and narrow screens in the light and in the dark, works by keyboard,
// and prints.
func TestChromiumShowsTheReport(t *testing.T) {
	ctx := newChromium(t)
	path := reportFile(t, "report.html", hostileReport(t), report.HTML)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("chromium: %v", err)
		}
	}
	do(chromedp.Navigate("file://"+path), chromedp.WaitVisible("#s1 .seq"))
	for script, want := range map[string]string{
		"document.title":                                          "harness report",
		"String(document.scripts.length)":                         "0",
		"String(document.images.length)":                          "0",
		"String(performance.getEntriesByType('resource').length)": "0",
		"String([...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on') || n === 'style')).length)": "0",
		"getComputedStyle(document.querySelector('.badge.failed')).borderRadius":                                                               "16px", // the style is not blocked
	} {
		if got := read(t, ctx, chromedp.Evaluate[string](script)); got != want {
			t.Errorf("%s is %s, want %s", script, got, want)
		}
	}
	page := read(t, ctx, chromedp.Evaluate[string]("document.body.textContent"))
	for _, want := range []string{"RelayState = " + payload, "<!-- " + payload + " -->", `"displayName": "` + strings.ReplaceAll(payload, `"`, `\"`), "Hostile " + payload} {
		if !strings.Contains(page, want) {
			t.Errorf("the report does not show %s", want)
		}
	}
	backgrounds := make(map[string]string)
	for _, width := range []int64{1280, 400} {
		do(chromedp.EmulateViewport(width, 900))
		for _, scheme := range []string{"light", "dark"} {
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
				t.Fatal(err)
			}
			shoot(t, ctx, fmt.Sprintf("report-%d-%s", width, scheme))
			backgrounds[scheme] = read(t, ctx, chromedp.Evaluate[string]("getComputedStyle(document.body).backgroundColor"))
			if wide := read(t, ctx, chromedp.Evaluate[string]("String(document.documentElement.scrollWidth)")); wide != fmt.Sprint(width) {
				t.Errorf("at a width of %d the page is %s wide", width, wide)
			}
		}
	}
	if backgrounds["light"] == backgrounds["dark"] {
		t.Errorf("light and dark look the same: %v", backgrounds)
	}
	arrows(t, ctx)
	// By keyboard alone: every summary can be focused, Enter opens it.
	do(chromedp.Focus("#s1 .message:first-of-type > summary"), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".message[open] > .inside"))
	shoot(t, ctx, "report-open")
	closed := read(t, ctx, chromedp.Evaluate[string]("String(document.querySelectorAll('.scenario:not([open])').length)"))
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || closed != "1" {
		t.Errorf("the print begins with %.8q; %s scenarios were closed", pdf, closed)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "report.pdf"), pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	media := emulation.SetEmulatedMediaParams{Media: "print"}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	if shown := read(t, ctx, chromedp.Evaluate[string]("String(document.querySelector('.scenario:not([open]) .steps').getBoundingClientRect().height > 0)")); shown != "true" {
		t.Error("a scenario that is closed is not printed")
	}
}

// arrows checks that each arrow begins and ends in the middle of its lanes.
func arrows(t *testing.T, ctx context.Context) {
	t.Helper()
	const script = `(() => {
		let wrong = [], seen = 0;
		for (const seq of document.querySelectorAll('.scenario[open] .seq')) {
			const names = [...seq.querySelectorAll('.lanes > span')].map(s => [s.textContent, s.getBoundingClientRect()]);
			const middle = Object.fromEntries(names.map(([name, box]) => [name, box.left + box.width / 2]));
			for (const m of seq.querySelectorAll('.message')) {
				const [from, to] = m.querySelector('.who').textContent.split(' → ');
				const arrow = m.querySelector('.arrow'), box = arrow.getBoundingClientRect();
				if (from === to) continue;
				seen++;
				const left = Math.min(middle[from], middle[to]), right = Math.max(middle[from], middle[to]);
				if (!(Math.abs(box.left - left) < 3 && Math.abs(box.right - right) < 3 && arrow.classList.contains(middle[from] < middle[to] ? 'right' : 'left')))
					wrong.push(from + ' → ' + to + ' from ' + box.left + ' to ' + box.right);
			}
		}
		return seen < 10 ? 'only ' + seen + ' arrows' : wrong.join('\n');
	})()`
	if wrong := read(t, ctx, chromedp.Evaluate[string](script)); wrong != "" {
		t.Errorf("arrows that do not join their lanes:\n%s", wrong)
	}
}

// Perl's TAP::Harness reads the TAP report: plan, verdicts and YAML.
func TestProveReadsTheTAPReport(t *testing.T) {
	prove := need.Program(t, "prove")
	path := reportFile(t, "report.tap", hostileReport(t), report.TAP)
	out, err := exec.Command(prove, "--exec", "cat", "--nocolor", path).CombinedOutput()
	if err == nil {
		t.Error("prove takes a run that failed for one that passed")
	}
	text := string(out)
	for _, want := range []string{"Failed 2/11 subtests", "less 1 skipped subtest: 8 okay", "Failed tests:  6, 8", "Tests=11,"} {
		if !strings.Contains(text, want) {
			t.Errorf("prove does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Parse errors") {
		t.Errorf("prove cannot read it:\n%s", text)
	}
	script := `use TAP::Parser; my $p = TAP::Parser->new({exec => ["cat", $ARGV[0]]}); my ($n, $y) = (0, 0);
while (my $r = $p->next) { if ($r->is_test) { $n++ } elsif ($r->is_yaml) { my $d = $r->data; $y++ if $d->{message} && $d->{severity} =~ /^(fail|error)$/ && $d->{at}{line} > 0 } } print "$n tests, $y told, ", scalar($p->parse_errors), " errors";`
	out, err = exec.Command(need.Program(t, "perl"), "-e", script, path).CombinedOutput()
	if want := "11 tests, 2 told, 0 errors"; err != nil || string(out) != want {
		t.Errorf("TAP::Parser finds %s (%v), want %s", out, err, want)
	}
}
