// Package trace keeps the record of every exchange that a harness took part in:
// who spoke to whom, the HTTP request and response, what was inside them, and
// the checks that were made with their verdicts.
package trace

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// Exchange is one HTTP request and its response.
type Exchange struct {
	Seq      int       `json:"seq"`      // order of arrival, from 1
	Time     time.Time `json:"time"`     // virtual time of arrival
	From     string    `json:"from"`     // browser, entra, client, …
	To       string    `json:"to"`       // entra, identityCenter, scim, …
	Protocol string    `json:"protocol"` // saml, scim, aws, http
	Kind     string    `json:"kind"`     // AuthnRequest, Response, CreateUser, sign-in page, …
	Request  Request   `json:"request"`
	Response Response  `json:"response"`
	Decoded  []Decoded `json:"decoded,omitempty"`
	Checks   []Check   `json:"checks,omitempty"`
	Notes    []string  `json:"notes,omitempty"` // what a reader should know, such as attributes that were ignored
	Error    string    `json:"error,omitempty"` // why no response came
}

// Request is the HTTP request of an exchange, with secrets masked.
type Request struct {
	Method string              `json:"method"`
	URL    string              `json:"url"`
	Header map[string][]string `json:"header,omitempty"`
	Body   string              `json:"body,omitempty"`
}

// Response is the HTTP response of an exchange, with secrets masked.
type Response struct {
	Status int                 `json:"status"`
	Header map[string][]string `json:"header,omitempty"`
	Body   string              `json:"body,omitempty"`
}

// Decoded is a message that travelled inside a request or response.
type Decoded struct {
	Name string `json:"name"` // SAMLRequest, SAMLResponse, …
	Text string `json:"text"` // XML or JSON
}

// Check is one rule that was applied to an exchange.
type Check struct {
	Name   string `json:"name"` // signature, audience, assignment, …
	Pass   bool   `json:"pass"`
	Detail string `json:"detail,omitempty"` // what was compared with what

	// Why is what a refusal explains, part by part; nil for checks that passed
	// and for those that explain no more than Detail.
	Why *refusal.Refusal `json:"why,omitempty"`
}

// Clock tells the time of an exchange.
type Clock interface{ Now() time.Time }

// Recorder collects exchanges. It is safe for concurrent use. The zero value
// is not usable; a nil *Recorder records nothing.
type Recorder struct {
	clock Clock

	mu        sync.Mutex
	seq       int
	exchanges []*Exchange   // in order of arrival
	underWay  map[int]bool  // numbers of those that are not over
	changed   chan struct{} // closed at the next change; nil: nobody waits
	secrets   []string
	known     map[string]bool   // those of secrets
	hosts     map[string]string // host:port of a mock of this harness -> its name
}

// NewRecorder returns an empty trace whose exchanges bear clock's time.
func NewRecorder(clock Clock) *Recorder {
	return &Recorder{clock: clock, hosts: make(map[string]string), underWay: make(map[int]bool), known: make(map[string]bool)}
}

// Serve tells the recorder that the mock called name answers at host, and so
// records what arrives there itself.
func (r *Recorder) Serve(host, name string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts[host] = name
}

// Serves reports whether a mock of this harness answers at host.
func (r *Recorder) Serves(host string) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.hosts[host]
	return ok
}

// Secret makes the recorder mask text wherever it would appear in the trace.
// Texts shorter than eight characters are not masked: they are no secrets and
// would blot out ordinary words.
func (r *Recorder) Secret(text string) {
	if r == nil || len(text) < 8 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known[text] {
		r.known[text] = true
		r.secrets = append(r.secrets, text)
	}
}

// Mask replaces the recorder's secrets in a text.
func (r *Recorder) Mask(text string) string {
	if r == nil {
		return text
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mask(text)
}

// Exchanges returns a copy of what was recorded so far, in order of arrival.
func (r *Recorder) Exchanges() []Exchange {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Exchange, len(r.exchanges))
	for i, e := range r.exchanges {
		out[i] = clone(e)
	}
	return out
}

// Last returns the number of the latest exchange, 0 before the first.
func (r *Recorder) Last() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seq
}

// Reset forgets every exchange; numbering goes on.
func (r *Recorder) Reset() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = nil
	clear(r.underWay)
	r.announce()
}

func clone(e *Exchange) Exchange {
	c := *e
	c.Decoded = append([]Decoded(nil), e.Decoded...)
	c.Checks = append([]Check(nil), e.Checks...)
	c.Notes = append([]string(nil), e.Notes...)
	return c
}

// begin enters an exchange into the trace, so that it keeps its place while it
// is under way.
func (r *Recorder) begin(e *Exchange) *Open {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	e.Seq, e.Time = r.seq, r.clock.Now()
	r.exchanges = append(r.exchanges, e)
	r.underWay[e.Seq] = true
	return &Open{recorder: r, exchange: e}
}

func (r *Recorder) mask(text string) string { return maskAll(text, r.secrets) }

func maskAll(text string, secrets []string) string {
	if text == "" {
		return text
	}
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, masked)
	}
	return text
}

// Open is an exchange under way, to which handlers add what they learn. A nil
// *Open takes and drops everything.
type Open struct {
	recorder *Recorder
	exchange *Exchange
	secrets  []string // of the response
}

type contextKey struct{}

// From returns the exchange under way in ctx, or nil.
func From(ctx context.Context) *Open {
	open, _ := ctx.Value(contextKey{}).(*Open)
	return open
}

func (o *Open) edit(change func(*Exchange)) {
	if o == nil {
		return
	}
	o.recorder.mu.Lock()
	defer o.recorder.mu.Unlock()
	change(o.exchange)
}

// inHTML is what html/template makes of a text.
var inHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "+", "&#43;")

// Secret makes the recorder mask text in the body of this exchange's response,
// also where it is written as HTML. What is given out again and again is masked
// like this: of Recorder.Secret's texts none is ever forgotten.
func (o *Open) Secret(text string) {
	o.edit(func(*Exchange) { o.secrets = append(o.secrets, text, inHTML.Replace(text)) })
}

// Kind says what kind of message this is, in which protocol.
func (o *Open) Kind(protocol, kind string) {
	o.edit(func(e *Exchange) { e.Protocol, e.Kind = protocol, kind })
}

// Sender corrects who sent the request.
func (o *Open) Sender(from string) {
	o.edit(func(e *Exchange) { e.From = from })
}

// Receiver corrects who got the request.
func (o *Open) Receiver(to string) {
	o.edit(func(e *Exchange) { e.To = to })
}

// Decode adds a message found inside the request or response.
func (o *Open) Decode(name, text string) {
	o.edit(func(e *Exchange) { e.Decoded = append(e.Decoded, Decoded{name, o.recorder.mask(text)}) })
}

// DecodeJSON adds a value as indented JSON.
func (o *Open) DecodeJSON(name string, value any) {
	if o == nil {
		return
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return
	}
	o.Decode(name, string(text))
}

// Check adds the verdict of one rule.
func (o *Open) Check(name string, pass bool, detail string) {
	o.edit(func(e *Exchange) {
		e.Checks = append(e.Checks, Check{Name: name, Pass: pass, Detail: o.recorder.mask(detail)})
	})
}

// Refused adds a rule that was broken, with what the refusal explains.
func (o *Open) Refused(name, detail string, why *refusal.Refusal) {
	if why == nil {
		o.Check(name, false, detail)
		return
	}
	o.edit(func(e *Exchange) {
		e.Checks = append(e.Checks, Check{Name: name, Detail: o.recorder.mask(detail), Why: why.Masked(o.recorder.mask)})
	})
}

// Note adds something that a reader should know.
func (o *Open) Note(text string) {
	o.edit(func(e *Exchange) { e.Notes = append(e.Notes, o.recorder.mask(text)) })
}
