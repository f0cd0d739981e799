package scimmock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// Fault is something that goes wrong although nothing is wrong with the request.
// It meets the requests that have everything which is named.
type Fault struct {
	Operation string `json:"operation,omitempty" doc:"Name of the operation that it meets, such as CreateUser."`
	Method    string `json:"method,omitempty" doc:"HTTP method that it meets."`
	Path      string `json:"path,omitempty" doc:"Beginning of the path that it meets, below the endpoint, such as /Users."`
	Contains  string `json:"contains,omitempty" doc:"Text that the body or the query has, such as a userName."`

	After int `json:"after,omitempty" doc:"How many such requests pass before it meets one. Default: none."`
	Times int `json:"times,omitempty" doc:"How many it meets. Default: 1; below zero: all, until faults are cleared."`

	// What happens: one of these, or Latency alone.
	Status   int     `json:"status,omitempty" doc:"The request is refused with this status, and has no effect."`
	Body     *string `json:"body,omitempty" doc:"Body of the refusal. Default: the error body of the service."`
	Drop     Drop    `json:"drop,omitempty" oneOf:"before|after" doc:"The connection breaks: before the request takes effect, or after, without an answer."`
	HalfBody bool    `json:"halfBody,omitempty" doc:"The request takes effect, and the connection breaks in the middle of the answer."`

	RetryAfter time.Duration `json:"retryAfter,omitempty" doc:"Retry-After of the refusal, in whole seconds."`
	Latency    time.Duration `json:"latency,omitempty" doc:"The answer takes this long, in real time; at most a minute."`
}

// Drop says when a connection breaks.
type Drop string

// When connections break.
const (
	DropBefore Drop = "before"
	DropAfter  Drop = "after"
)

// ArmedFault is a fault and what it has met.
type ArmedFault struct {
	Fault
	Passed int `json:"passed"` // requests that it let pass by After
	Met    int `json:"met"`
}

const maxLatency = time.Minute

// faults are the armed faults, in the order in which they were armed.
type faults struct {
	mu   sync.Mutex
	list []*ArmedFault
}

// Fail arms a fault. Of several that a request meets the one that was armed
// first counts; one that has met all that it should is over.
func (s *Server) Fail(f Fault) error {
	if err := s.check(f); err != nil {
		return err
	}
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &ArmedFault{Fault: f})
	return nil
}

// check reports a fault that makes no sense here.
func (s *Server) check(f Fault) error {
	if err := f.Check(); err != nil {
		return err
	}
	var names []string
	for _, op := range s.operations {
		names = append(names, op.name)
	}
	if f.Operation != "" && !slices.Contains(names, f.Operation) {
		return badFault("one of "+strings.Join(names, ", "), f.Operation, "operation")
	}
	return nil
}

// Faults returns the faults that were armed, also those that are over, with what
// they have met.
func (s *Server) Faults() []ArmedFault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.copied()
}

// copied copies the list as it stands; the caller holds the lock.
func (l *faults) copied() []ArmedFault {
	list := make([]ArmedFault, len(l.list))
	for n, f := range l.list {
		list[n] = *f
	}
	return list
}

// ClearFaults disarms all faults and returns how they ended.
func (s *Server) ClearFaults() []ArmedFault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := s.faults.copied()
	s.faults.list = nil
	return list
}

func badFault(expected, got, where string) error {
	return &refusal.Refusal{Code: "InvalidFault", Message: "The fault is not valid.", Expected: expected, Got: got, Where: where, Fix: refusal.Request}
}

// Check reports a fault that makes no sense. Which operations there are depends
// on the profile; Fail checks that.
func (f Fault) Check() error {
	effects := 0
	for _, effect := range []bool{f.Status != 0, f.Drop != "", f.HalfBody} {
		if effect {
			effects++
		}
	}
	switch {
	case effects > 1:
		return badFault("one of status, drop and halfBody", fmt.Sprint(effects), "fault")
	case effects == 0 && f.Latency == 0:
		return badFault("status, drop, halfBody or latency", "none", "fault")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return badFault("200 to 599", strconv.Itoa(f.Status), "status")
	case f.Drop != "" && f.Drop != DropBefore && f.Drop != DropAfter:
		return badFault("before or after", string(f.Drop), "drop")
	case f.Status == 0 && (f.Body != nil || f.RetryAfter != 0):
		return badFault("a status beside body and retryAfter", "none", "status")
	case f.RetryAfter < 0 || f.RetryAfter%time.Second != 0:
		return badFault("whole seconds", f.RetryAfter.String(), "retryAfter")
	case f.Latency < 0 || f.Latency > maxLatency:
		return badFault("at most a minute", f.Latency.String(), "latency")
	case f.After < 0:
		return badFault("0 or more", strconv.Itoa(f.After), "after")
	}
	return nil
}

// next finds the fault that a request meets, and counts it.
func (l *faults) next(c *call, operation, path string) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.Times >= 0 && f.Met >= f.Times || !f.matches(c, operation, path) {
			continue
		}
		if f.Passed < f.After {
			f.Passed++
			continue
		}
		f.Met++
		met := f.Fault
		return &met
	}
	return nil
}

func (f Fault) matches(c *call, operation, path string) bool {
	return (f.Operation == "" || f.Operation == operation) &&
		(f.Method == "" || strings.EqualFold(f.Method, c.http.Method)) &&
		(f.Path == "" || strings.HasPrefix(path, f.Path)) &&
		(f.Contains == "" || c.contains(f.Contains))
}

// armed reports whether any fault can still meet a request.
func (l *faults) armed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.list, func(f *ArmedFault) bool { return f.Times < 0 || f.Met < f.Times })
}

// contains looks for a text in the query and in the body, which can be read
// again afterwards.
func (c *call) contains(text string) bool {
	if query, err := url.QueryUnescape(c.http.URL.RawQuery); err == nil && strings.Contains(query, text) {
		return true
	}
	if !c.looked {
		c.looked = true
		read, err := io.ReadAll(io.LimitReader(c.http.Body, maxBody+1))
		rest := c.http.Body
		c.http.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(read), failing{err}, rest), rest}
		c.sent = read
	}
	return bytes.Contains(c.sent, []byte(text))
}

// failing gives back the error that ended an earlier reading, if there was one.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// errDropped ends a request whose connection a fault breaks.
var errDropped = errors.New("a fault broke the connection")

// meet looks whether a fault meets the request, and does what comes before it is
// served: an answer is all there is, an error breaks the connection.
func (s *Server) meet(c *call) (*Fault, *reply, error) {
	if !s.faults.armed() {
		return nil, nil, nil
	}
	var name, path string
	if _, rest, ok := split(c.http.URL); ok {
		op, _ := s.operation(c, rest)
		name, path = op.name, "/"+strings.Join(rest, "/")
	}
	fault := s.faults.next(c, name, path)
	if fault == nil {
		return nil, nil, nil
	}
	answer, err := s.begin(c, fault)
	return fault, answer, err
}

// begin does what a fault does before a request is served. answer is the
// refusal if there is one; errDropped asks for the connection to be broken.
func (s *Server) begin(c *call, f *Fault) (answer *reply, err error) {
	c.note("a fault that was armed meets this request: %s", f)
	s.log.Info("scim: fault", "method", c.http.Method, "path", c.http.URL.Path, "fault", f.String())
	if f.Latency > 0 {
		timer := time.NewTimer(f.Latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.http.Context().Done():
			return nil, errDropped
		}
	}
	if f.Drop == DropBefore {
		return nil, errDropped
	}
	if f.Status == 0 {
		return nil, nil
	}
	if f.RetryAfter > 0 {
		c.writer.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	if f.Body != nil {
		return &reply{status: f.Status, body: rawBody(*f.Body)}, nil
	}
	refused := s.errorReply(c, refuse(f.Status, "", ruleOperation, detailOf(f.Status), why{expected: "a request that nothing is wrong with", got: "a fault that was armed for it"}))
	return &refused, nil
}

// writeHalf sends the headers of a response and half of its body, for a fault.
func (s *Server) writeHalf(c *call, answer reply) {
	status, body := s.head(c, answer)
	c.writer.Header().Set("Content-Length", strconv.Itoa(len(body)))
	c.writer.WriteHeader(status)
	c.writer.Write(body[:len(body)/2])           // a client that has gone is nobody to tell
	http.NewResponseController(c.writer).Flush() // so that the half is there before the connection breaks
}

// rawBody is written as it is.
type rawBody string

// String says what the fault does.
func (f *Fault) String() string {
	var parts []string
	if f.Latency > 0 {
		parts = append(parts, "latency of "+f.Latency.String())
	}
	switch {
	case f.Status != 0:
		parts = append(parts, "status "+strconv.Itoa(f.Status))
	case f.Drop == DropBefore:
		parts = append(parts, "the connection breaks before it takes effect")
	case f.Drop == DropAfter:
		parts = append(parts, "the connection breaks after it took effect")
	case f.HalfBody:
		parts = append(parts, "the connection breaks in the middle of the answer")
	}
	return strings.Join(parts, ", ")
}

// detailOf is the text of an error that nothing has caused.
func detailOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return detailInvalid
	case http.StatusUnauthorized:
		return detailUnauthorized
	case http.StatusForbidden:
		return detailForbidden
	case http.StatusNotFound:
		return detailNotFound
	case http.StatusConflict:
		return detailConflict
	case http.StatusTooManyRequests:
		return detailThrottled
	case http.StatusInternalServerError:
		return detailInternal
	}
	return http.StatusText(status)
}
