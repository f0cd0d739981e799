package harness

import (
	"errors"
	"net/url"
	"strings"

	"github.com/idharness/harness/internal/browser"
)

// inCircles judges a sign-in that never comes to rest because a real service
// provider sends the browser on again and again: it took no response, or does
// not find its own session again. It returns nil for every other error.
func (v *visit) inCircles(err error) *Refusal {
	var failed *browser.Error
	if v.harness.targets.ServiceProvider == nil || !errors.As(err, &failed) || !errors.Is(err, browser.ErrTooManyRedirects) && !errors.Is(err, browser.ErrTooManySteps) {
		return nil
	}
	s := v.session
	circle, where := circleOf(failed.Hops)
	s.Hops = append(s.Hops, failed.Hops[:len(circle)]...)
	var names []string
	for _, hop := range circle {
		names = append(names, hop.Method+" "+withoutParameters(hop.URL))
	}
	s.URL = where
	s.Outcome, s.By, s.Code, s.Message = Refused, sideServiceProvider, "RedirectLoop", "the browser is sent round in circles"
	why := &Refusal{Code: s.Code, Message: s.Message, Expected: "a page at which the browser comes to rest", Got: strings.Join(names, " → ") + ", and so on", Where: where}
	switch lost := v.lostCookies(); {
	case v.browser.response == nil:
		why.Hint = "no SAML response has passed: the service provider sends the browser round without Entra"
	case len(lost) > 0:
		why.Hint = strings.Join(lost, "; ")
	default:
		why.Hint = "it gets a response and asks for another one at once: it does not find its session again, or takes the response for none of its own; " + v.suspicions(nil)
	}
	s.Explanation = &Explanation{Expected: why.Expected, Got: why.Got, Where: why.Where, Hint: why.Hint}
	return why
}

// circleOf cuts hops off where a request comes for the second time, and says at
// which address.
func circleOf(hops []browser.Hop) (circle []browser.Hop, where string) {
	seen := make(map[string]bool)
	for i, hop := range hops {
		where = withoutParameters(hop.URL)
		key := hop.Method + " " + where
		if seen[key] {
			return hops[:i], where
		}
		seen[key] = true
	}
	return hops, where
}

// withoutParameters is an address without what may be long, secret or new each
// time.
func withoutParameters(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
