package sp_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/sp"
)

const (
	mallory  = "mallory@contoso.example"
	sigPath  = "/Response/Assertion/Signature"
	dataPath = "/Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"
)

// attack is a response that must not be accepted: a genuine one, changed. The
// attacker is Mallory, who may sign in, and wants to be Ana, or gets hold of
// what was not meant for this instance.
type attack struct {
	name    string // and in brackets the CVE, the rule or where it was published
	hostile func(w *world) string
	want    refusal.Refusal // Message and Fix: where left out, the usual ones

	form    func(w *world) url.Values // instead of hostile: the whole form
	genuine func(w *world) string     // what hostile was made from; default: a fresh response
	choices sp.Choices
	// outside says that the response gets past the rules that can be judged from
	// it alone, or never reaches them.
	outside bool
}

// fewestAttacks guards the table: rows that get lost are noticed.
const fewestAttacks = 194

// TestRefusesAttacks: none is accepted, none crashes, each is refused by the
// rule that it breaks and with that rule's code, and the attack is all that was
// wrong: the genuine response signs in afterwards.
func TestRefusesAttacks(t *testing.T) {
	attacks := slices.Concat(wrappingAttacks(), signatureAttacks(), methodAttacks(), textAttacks(), contentAttacks(), memoryAttacks(), transportAttacks(), parserAttacks())
	if len(attacks) < fewestAttacks {
		t.Errorf("%d attacks, want at least %d", len(attacks), fewestAttacks)
	}
	names := make(map[string]bool)
	for _, test := range attacks {
		if names[test.name] || !regexp.MustCompile(`\(.+\)`).MatchString(test.name) {
			t.Errorf("attack %q: want another name, with its source in brackets", test.name)
		}
		names[test.name] = true
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			if want.Message == "" {
				want.Message = unexpected
			}
			if want.Fix == "" {
				want.Fix = refusal.Entra
			}
			w := newWorld(t, func(c *sp.Config) { c.Choices = test.choices })
			w.addUser(mallory)
			var form url.Values
			if test.form != nil {
				form = test.form(w)
			} else {
				form = samlResponse(test.hostile(w))
			}
			got := w.wantRefused(w.postForm(w.center.ACSURL(), form), want)
			if last := w.lastEvent(); last.ErrorMessage != cloudTrailText(got) {
				t.Errorf("errorMessage = %q, want %q", last.ErrorMessage, cloudTrailText(got))
			}
			exchanges := w.trace.Exchanges()
			var failed []string
			for _, c := range exchanges[len(exchanges)-1].Checks {
				if !c.Pass && c.Detail == got.Explanation() {
					failed = append(failed, c.Name)
				}
			}
			if !test.outside && len(failed) != 1 {
				t.Errorf("failed checks in the trace that explain it: %v, want the one rule", failed)
			}
			genuine := ""
			if test.genuine != nil {
				genuine = test.genuine(w)
			} else {
				genuine = newEntra(t, w.clock, 0).signed(w.center, mallory, "")
			}
			w.wantPortal(w.follow(w.post(genuine, "")), mallory)
		})
	}
}

// cloudTrailText is the errorMessage of a failed ExternalIdPDirectoryLogin: the
// words seen in CloudTrail where there are any, else our explanation.
func cloudTrailText(why refusal.Refusal) string {
	switch why.Code {
	case "NameIDFormat":
		return "Response contains invalid name id policy format"
	case "InResponseTo":
		return "Not a valid response for the provided request id: " + why.Got
	default:
		return why.Code + ": " + why.Explanation()
	}
}

// edited is a response with a change of what the provider says: the signature is
// right.
func edited(edits ...func(*etree.Element)) func(*world) string {
	return func(w *world) string { return w.entra.signed(w.center, ana, "", edits...) }
}

// mutated is Mallory's signed response, changed as XML.
func mutated(change func(response *etree.Element)) func(*world) string {
	return func(w *world) string {
		doc := parse(w.t, w.entra.signed(w.center, mallory, ""))
		change(doc.Root())
		return write(w.t, doc.Root())
	}
}

// replaced is Mallory's signed response with old replaced by another text.
func replaced(old, text string) func(*world) string {
	return func(w *world) string {
		signed := w.entra.signed(w.center, mallory, "")
		out := strings.Replace(signed, old, text, 1)
		if out == signed {
			w.t.Fatalf("%q is not in the response", old)
		}
		return out
	}
}

// makeEvil gives a signed element another ID and makes it Ana's.
func makeEvil(e *etree.Element, id string) {
	e.CreateAttr("ID", id)
	document.Walk(e, func(e *etree.Element) bool {
		if e.Tag == "NameID" {
			e.SetText(ana)
		}
		return true
	})
}

func evilCopy(assertion *etree.Element, id string, keepSignature bool) *etree.Element {
	evil := assertion.Copy()
	if sig := evil.FindElement("./Signature"); sig != nil && !keepSignature {
		evil.RemoveChild(sig)
	}
	makeEvil(evil, id)
	return evil
}

func pristineCopy(assertion *etree.Element) *etree.Element {
	pristine := assertion.Copy()
	pristine.RemoveChild(at(pristine, "Signature"))
	return pristine
}
