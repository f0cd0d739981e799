package idp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

// learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes", AADSTS501621.
func TestRegexThatTakesTooLong(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.RegexTimeout = 10 * time.Millisecond })
	err := w.app.SetClaims([]claims.Claim{{Name: "mailbox", Transform: &claims.Transform{
		Function: "RegexReplace", Inputs: []string{`"` + strings.Repeat("a", 60) + `!"`}, Regex: `^(a+)+$`, Replacement: "x",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	page := w.person().signIn(w.redirect(authnRequest(), ""))
	why := refusalOf(t, string(page.Body))
	if why.Code != "AADSTS501621" || why.Fix != refusal.Entra || w.sp.last() != nil {
		t.Errorf("refused with %+v; the service provider got %v", why, w.sp.last())
	}
}
