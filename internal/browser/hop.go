package browser

import (
	"fmt"
	"strings"
)

// Why says what made the browser send a request.
type Why string

// The reasons for a request.
const (
	Typed          Why = "typed"
	FollowedLink   Why = "link"
	SubmittedForm  Why = "form"
	SelfSubmitting Why = "self-submitting form"
	Refreshed      Why = "refresh"
	Redirected     Why = "redirect"
)

// Hop is one request of a navigation and what became of its cookies.
type Hop struct {
	Method string `json:"method"`
	URL    string `json:"url"` // without user information
	Why    Why    `json:"why"`
	From   string `json:"from,omitempty"`   // origin of the page that started the navigation
	Status int    `json:"status,omitempty"` // 0 where no response came
	Error  string `json:"error,omitempty"`

	CookiesSent     []string   `json:"cookiesSent,omitempty"`
	CookiesWithheld []Withheld `json:"cookiesWithheld,omitempty"`
	CookiesSet      []string   `json:"cookiesSet,omitempty"`
	CookiesDeleted  []string   `json:"cookiesDeleted,omitempty"`
	CookiesRejected []Rejected `json:"cookiesRejected,omitempty"`
}

// Withheld names a cookie of the requested host that was not sent.
type Withheld struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Rejected names a cookie of a response that was not stored.
type Rejected struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (w Withheld) String() string {
	return fmt.Sprintf("cookie %s was not sent: %s", w.Name, w.Reason)
}
func (r Rejected) String() string {
	return fmt.Sprintf("cookie %s was not stored: %s", r.Name, r.Reason)
}

// String gives the hop in one line, with every cookie that was refused.
func (h Hop) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s)", h.Method, shorten(h.URL), h.Why)
	if h.Status != 0 {
		fmt.Fprintf(&b, " -> %d", h.Status)
	}
	if h.Error != "" {
		b.WriteString(" -> " + h.Error)
	}
	for _, w := range h.CookiesWithheld {
		b.WriteString("; " + w.String())
	}
	for _, r := range h.CookiesRejected {
		b.WriteString("; " + r.String())
	}
	return b.String()
}

// Explain gives hops line by line, to be shown when a sign-in fails.
func Explain(hops []Hop) string {
	lines := make([]string, len(hops))
	for i, h := range hops {
		lines[i] = h.String()
	}
	return strings.Join(lines, "\n")
}

// Error is a navigation that did not arrive, with the requests made until then.
type Error struct {
	Hops []Hop
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
