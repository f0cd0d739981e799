package idp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/idharness/harness/internal/refusal"
)

// faults are refusals that a test has armed.
type faults struct {
	mu   sync.Mutex
	next []armedFault
}

type armedFault struct {
	code    int
	message string
}

// credentialCodes are refused on the sign-in page, where the person tries again;
// every other code ends the sign-in on the error page.
var credentialCodes = []int{50034, 50053, 50056, 50126}

type faultPlace bool

const (
	requestFaults    faultPlace = false // an AuthnRequest or a launch from My Apps
	credentialFaults faultPlace = true  // name and password
)

// take returns the fault that was armed first for a place, and disarms it.
func (f *faults) take(place faultPlace) *armedFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.next, func(a armedFault) bool {
		return faultPlace(slices.Contains(credentialCodes, a.code)) == place
	})
	if i < 0 {
		return nil
	}
	taken := f.next[i]
	f.next = slices.Delete(f.next, i, i+1)
	return &taken
}

// FailNext refuses a sign-in with an AADSTS code, though nothing is wrong with
// it: the next one that begins, or, for codes about name and password, the next
// name and password that are entered. The text is Entra's where it is known; a
// message takes its place and is needed where it is not. Several calls queue up.
func (t *Tenant) FailNext(code int, message ...string) error {
	text := strings.Join(message, " ")
	if _, known := faultTexts[code]; !known && text == "" {
		return invalid("There is no text for this code.", "an AADSTS code whose text is known, or a message beside it", fmt.Sprintf("AADSTS%d", code), "code")
	}
	t.faults.mu.Lock()
	defer t.faults.mu.Unlock()
	t.faults.next = append(t.faults.next, armedFault{code, text})
	return nil
}

// FaultCodes lists the codes whose texts FailNext knows.
func FaultCodes() []int { return slices.Sorted(maps.Keys(faultTexts)) }

// KnowsFault reports whether FailNext knows the text of a code.
func KnowsFault(code int) bool { return faultTexts[code] != "" }

// ClearFaults disarms what FailNext has armed and nothing has met.
func (t *Tenant) ClearFaults() {
	t.faults.mu.Lock()
	defer t.faults.mu.Unlock()
	t.faults.next = nil
}

// fault makes the refusal. The placeholders of the text take what is known of
// the sign-in.
func (t *Tenant) fault(a *armedFault, app *Application, login string) *refusal.Refusal {
	text := a.message
	if text == "" {
		values := []string{"{tenant}", t.DisplayName(), "{user}", login, "{domain}", t.Domain(), "{idp}", t.Issuer(), "{time}", "10/15/2018"}
		if app != nil {
			identifier := app.AppID()
			if all := app.Identifiers(); len(all) > 0 {
				identifier = all[0]
			}
			values = append(values, "{app}", app.Name(), "{appId}", app.AppID(), "{identifier}", identifier, "{acs}", strings.Join(app.ReplyURLs(), " "))
		}
		text = strings.NewReplacer(values...).Replace(faultTexts[a.code])
	}
	return aadsts(a.code, text, refusal.Refusal{
		Expected: "a sign-in that nothing is wrong with", Got: "a fault that was armed for it", Where: "FailNext", Fix: refusal.Request,
		Hint: "the next sign-in goes on as usual",
	})
}
