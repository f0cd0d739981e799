package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// How long and how often a step with until is done again, unless it says.
const (
	defaultWithin = 30 * time.Second
	defaultEvery  = time.Second
	maxRounds     = 10_000
)

// repeatable are the verbs that can be done again until their result is what
// is asked for. The others change something, and would fail the second time.
var repeatable = map[string]bool{"advance": true, "aws": true, "http": true, "observe": true, "provision": true, "scim": true, "signIn": true}

// outsider is an action that may ask a system which is none of the mocks, and
// therefore does not obey the virtual clock.
type outsider interface{ leavesMocks(r *running) bool }

// checkUntil checks until, within and every.
func (s *step) checkUntil(n *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	within, every := n.Get("within"), n.Get("every")
	if s.Until == nil {
		for _, name := range []string{"within", "every"} {
			if given := n.Get(name); given != nil {
				errs = append(errs, given.Errorf("%s says how long or how often until is tried; the step has no until", name))
			}
		}
		return errs
	}
	errs = append(errs, matching.Check(s.Until)...)
	if matching.Count(s.Until) == 0 && !s.Until.Unresolved() {
		errs = append(errs, s.Until.Errorf("until asks for nothing"))
	}
	if s.verb != "" && !repeatable[s.verb] {
		e := s.Until.Errorf("%s is done once; it cannot be done again until something holds", s.verb)
		e.Hint = "until stands beside " + strings.Join(slices.Sorted(maps.Keys(repeatable)), ", ")
		errs = append(errs, e)
	}
	errs = append(errs, positive(within, s.Within)...)
	errs = append(errs, positive(every, s.Every)...)
	pause := s.pause()
	move, moves := s.action.(*advance)
	switch {
	case moves && every != nil:
		errs = append(errs, every.Errorf("advance moves the clock itself: it takes no every"))
	case moves && within == nil:
		errs = append(errs, s.Until.Errorf("advance with until needs within: how far the clock may move"))
	case moves && move.by <= 0, len(errs) > 0, isPending(within), isPending(every):
	case moves && pause > s.limit():
		errs = append(errs, within.Errorf("advance by %s goes further than within (%s): there would be no second try", short(pause), short(s.limit())))
	case pause > s.limit():
		at := every
		if at == nil {
			at = within
		}
		errs = append(errs, at.Errorf("every (%s) is longer than within (%s): there would be no second try", short(pause), short(s.limit())))
	case s.limit()/pause > maxRounds:
		errs = append(errs, s.Until.Errorf("until is tried at most %d times; this asks for %d", maxRounds, s.limit()/pause))
	}
	return errs
}

// positive refuses a duration that is given but not above zero.
func positive(n *strictyaml.Node, d time.Duration) strictyaml.Errors {
	if n == nil || n.Unresolved() || n.Kind() != strictyaml.String || d > 0 {
		return nil
	}
	if _, err := strictyaml.ParseDuration(n.Text()); err != nil {
		return nil // Decode says so
	}
	return strictyaml.Errors{n.Errorf("the duration must be above zero; got %s", n.Text())}
}

// isPending reports whether a key is given whose value is not known yet.
func isPending(n *strictyaml.Node) bool { return n != nil && n.Unresolved() }

func (s *step) limit() time.Duration { return cmp.Or(s.Within, defaultWithin) }

// pause is the time between two tries.
func (s *step) pause() time.Duration {
	if move, ok := s.action.(*advance); ok {
		return move.by
	}
	return cmp.Or(s.Every, defaultEvery)
}

// tries is what came of doing a step until something holds.
type tries struct {
	out    outcome
	result any
	err    error           // of the last try
	misses []matching.Miss // of the last try
	count  int
	took   time.Duration // virtual, unless the step asks a system of its own time
}

func (t tries) held() bool { return t.err == nil && len(t.misses) == 0 }

// tryUntil does a step until its result is what until asks for, or time is up.
// Between two tries the virtual clock moves, which is all that can change the
// mocks; for what is no mock, real time passes.
func (r *running) tryUntil(ctx context.Context, st *step) tries {
	waits := r.h.Targets() != (harness.Targets{}) // a target has a time of its own
	if outside, ok := st.action.(outsider); ok {
		waits = waits || outside.leavesMocks(r)
	}
	_, moves := st.action.(*advance)
	var t tries
	began := time.Now()
	if waits {
		limited, cancel := context.WithTimeout(ctx, st.limit())
		defer cancel()
		ctx = limited
	}
	for {
		before := t
		t.out, t.result, t.err = r.perform(ctx, st)
		if t.err == nil {
			t.misses = matching.Match(st.Until, t.result)
		}
		if before.count > 0 && errors.Is(t.err, context.DeadlineExceeded) && ctx.Err() != nil {
			t = before // the try that was cut off says less than the one before it
		}
		t.count++
		switch {
		case waits:
			t.took = time.Since(began)
		case moves:
			t.took += st.pause()
		}
		if t.held() || ctx.Err() != nil || t.took+st.pause() > st.limit() {
			return t
		}
		switch {
		case moves:
		case waits:
			wait := time.NewTimer(st.pause())
			select {
			case <-wait.C:
			case <-ctx.Done():
				wait.Stop()
			}
			r.h.Clock.RunDue()
		default:
			r.h.Clock.Advance(st.pause())
			t.took += st.pause()
		}
	}
}

// describe says how often a step was tried, for people.
func (t tries) describe() string {
	if t.count == 1 {
		return "until: it held at once"
	}
	return fmt.Sprintf("until: it held at try %d, after %s", t.count, short(t.took))
}

// timedOut enters that until never held, with what the last try gave.
func (s *StepReport) timedOut(st *step, t tries) {
	s.Status = Failed
	last := "the last result differs as follows"
	if t.err != nil {
		last = fmt.Sprintf("the last try ended with: %v", t.err)
	}
	times := "once"
	if t.count > 1 {
		times = fmt.Sprintf("%d times", t.count)
	}
	e := st.Until.Errorf("%s: until did not hold within %s; it was tried %s, and %s", st.title(), short(st.limit()), times, last)
	s.Failures, s.Details = append(s.Failures, e.Detail()), append(s.Details, errorDetail("until", e))
	if t.err == nil {
		s.missed(t.misses)
	}
}

// missed enters expectations that do not hold.
func (s *StepReport) missed(misses []matching.Miss) {
	for _, miss := range misses {
		s.Status = Failed
		s.Failures, s.Details = append(s.Failures, miss.Detail()), append(s.Details, missDetail(miss))
	}
}

// short writes a duration as files do: 40m, not 40m0s.
func short(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	if d >= time.Second {
		d = d.Round(time.Millisecond)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
