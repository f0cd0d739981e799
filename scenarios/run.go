package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// running is a scenario under way: its harness and its variables.
type running struct {
	scenario *Scenario
	h        *harness.Harness
	vars     *variables
	inside   map[*inclusion]*variables // of included files
	secrets  secrets
	judged   func(expect *strictyaml.Node, result any) // as in Options
	received func(action, any)                         // as in Options
}

// Run runs a scenario with a harness of its own.
func Run(ctx context.Context, s *Scenario, o Options) Report {
	began := time.Now()
	h, report := run(ctx, s, o, s.final)
	if h != nil {
		if err := h.Close(); err != nil && report.Status == Passed {
			report.Status, report.Error = Errored, fmt.Sprintf("stop the harness: %v", err)
		}
	}
	report.Duration = time.Since(began)
	return report
}

// Up runs the steps of a scenario, without finally, and leaves its harness
// running: the caller closes it. There is none if it could not be started. The
// harness's Reset goes back to how the steps left it.
func Up(ctx context.Context, s *Scenario, o Options) (*harness.Harness, Report) {
	began := time.Now()
	h, report := run(ctx, s, o, nil)
	if h != nil && report.Status == Passed {
		if err := h.MarkInitial(); err != nil {
			report.Status, report.Error = Errored, err.Error()
		}
	}
	report.Duration = time.Since(began)
	return h, report
}

// run runs the steps of a scenario and those of its end.
func run(ctx context.Context, s *Scenario, o Options, final []*step) (*harness.Harness, Report) {
	report := Report{Path: s.Path, Name: s.Name, Row: s.Row, Tags: s.Tags, Seed: cmp.Or(o.Harness.Seed, o.Seed, 1), Status: Passed}
	h, err := s.start(ctx, o)
	if err != nil {
		known := s.secretsAtHand()
		text := err.Error()
		var placed strictyaml.Errors
		if errors.As(err, &placed) {
			text = placed.Detail()
		}
		report.Status, report.Error = Errored, known.mask(text)
		return nil, report
	}
	r := &running{scenario: s, h: h, vars: s.vars.clone(), inside: make(map[*inclusion]*variables), judged: o.judged, received: o.received}
	r.conceal(secretsOfEnv(r.vars.fromEnv)...)
	r.conceal(secretsOfTargets(s.targetsNode)...)
	r.concealVariables(r.vars.values)
	report.Name, report.Row, report.Tags = r.mask(report.Name), r.mask(report.Row), maskList(report.Tags, r.mask)
	limited, stop := withTimeout(ctx, "scenario", s.doc.Limit)
	defer stop()
	inAnyCase, end := lasting(ctx, finallyGrace)
	defer end()
	for i, st := range slices.Concat(s.steps, final) {
		isFinal := i >= len(s.steps)
		entry := StepReport{
			Number: i + 1, Title: r.mask(st.title()), Verb: st.verb, Final: isFinal, Position: st.node.Pos().String(), Place: placeOf(st.node.Pos()),
			IncludedAt: st.in.chain(), Status: Skipped,
		}
		if err := interruption(ctx); err != nil && !isFinal && report.Status == Passed {
			report.Status, report.Error = Errored, err.Error()
		}
		switch {
		case !o.Tags.takesStep(s, st):
			entry.Reason = fmt.Sprintf("not chosen by the tags %s", o.Tags)
			r.leaveOut(st)
		case report.Status == Passed || isFinal:
			if o.OnStepStart != nil {
				o.OnStepStart(s, entry)
			}
			stepCtx := limited
			if isFinal {
				stepCtx = inAnyCase
			}
			entry = r.step(stepCtx, st, entry)
		}
		if entry.Status != Skipped {
			report.Status = max(report.Status, entry.Status)
		}
		report.Steps = append(report.Steps, entry)
		if o.OnStep != nil {
			o.OnStep(s, entry)
		}
	}
	report.Trace = r.maskedTrace(h.Trace())
	return h, report
}

// start brings up both mocks as the file describes them.
func (s *Scenario) start(ctx context.Context, o Options) (*harness.Harness, error) {
	cfg := o.Harness
	cfg.Seed = cmp.Or(cfg.Seed, o.Seed)
	cfg.TenantID, cfg.Domain, cfg.DisplayName = s.doc.Entra.Tenant.ID, s.doc.Entra.Tenant.Domain, s.doc.Entra.Tenant.DisplayName
	cfg.CountryLetterCode = s.doc.Entra.Tenant.Country
	cfg.EntraChoices, cfg.IdentityCenterChoices = s.doc.Entra.Choices, s.doc.AWS.Choices
	cfg.PortalAlias = s.doc.AWS.PortalAlias
	if s.doc.AWS.SCIM.Name != "" {
		cfg.SCIMProfile = s.doc.AWS.SCIM.Profile
	}
	cfg.Targets = s.doc.Targets.targets()
	cfg.Region, cfg.Unconnected = s.doc.AWS.Region, true
	if s.doc.Clock != nil {
		cfg.Start = *s.doc.Clock
	}
	h, err := harness.New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	err = s.reach(ctx, h)
	if err == nil {
		err = s.populate(h)
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (s *Scenario) populate(h *harness.Harness) error {
	if err := h.Entra.SetConditionalAccess(policies(s.doc.Entra.Access)...); err != nil {
		return err
	}
	for _, u := range s.doc.Entra.Users {
		if _, err := h.Entra.CreateUser(u.User); err != nil {
			return at(u.node, err)
		}
	}
	for _, g := range s.doc.Entra.Groups {
		if _, err := h.Entra.Directory().CreateGroup(g.Group); err != nil {
			return at(g.node, err)
		}
	}
	for _, g := range s.doc.Entra.Groups { // once all exist: groups may hold groups
		if err := h.Entra.Directory().AddMembers(g.DisplayName, refNames(g.Members)...); err != nil {
			return at(g.node, err)
		}
	}
	for _, a := range s.doc.Entra.apps() {
		if _, err := createApp(h, a); err != nil {
			return at(a.node, err)
		}
	}
	for _, region := range s.doc.AWS.Regions {
		if err := h.IdentityCenter.AddRegion(region); err != nil {
			return err
		}
	}
	for _, a := range s.doc.AWS.Accounts {
		if _, err := h.IdentityCenter.CreateAccount(a); err != nil {
			return err
		}
	}
	for _, p := range s.doc.AWS.PermissionSets {
		if _, err := h.IdentityCenter.CreatePermissionSet(p); err != nil {
			return err
		}
	}
	for _, a := range s.doc.AWS.Assignments {
		if _, err := h.IdentityCenter.Assign(a.wish()); err != nil {
			return at(a.node, err)
		}
	}
	return nil
}

func at(n *strictyaml.Node, err error) error { return fmt.Errorf("%s: %w", n.Pos(), err) }

// createApp makes an application, assigns it and configures its provisioning.
func createApp(h *harness.Harness, a appConfig) (*idp.Application, error) {
	app, err := h.Entra.CreateApplication(a.ApplicationConfig)
	if err != nil {
		return nil, err
	}
	for _, as := range a.Assignments {
		if err := app.AssignRole(as.principal(), as.Role); err != nil {
			return nil, err
		}
	}
	settings := a.Provisioning
	if target := h.Targets().SCIM; target != nil {
		fit := provisioningNode{}
		if settings != nil {
			fit = *settings
		}
		fit.Settings = target.Profile.Fit(fit.Settings)
		settings = &fit
	}
	if settings != nil {
		if err := settings.apply(app); err != nil {
			return nil, err
		}
	}
	return app, nil
}

// app returns the application that a step means: the one named, or the first.
func (r *running) app(name string) (*idp.Application, error) {
	if name == "" {
		if app := r.h.Entra.App(); app != nil {
			return app, nil
		}
		return nil, errors.New("the tenant has no application; declare one under entra.app")
	}
	app, ok := r.h.Entra.AppByName(name)
	if !ok {
		return nil, fmt.Errorf("there is no application %q", name)
	}
	return app, nil
}

func (r *running) directory() *directory.Directory { return r.h.Entra.Directory() }

// varsOf returns the variables of an included file. Their values are those of
// the moment at which its first step runs.
func (r *running) varsOf(in *inclusion) (*variables, strictyaml.Errors) {
	if in == nil {
		return r.vars, nil
	}
	if known, ok := r.inside[in]; ok {
		return known, nil
	}
	outer, errs := r.varsOf(in.outer)
	if len(errs) > 0 {
		return nil, errs
	}
	inner, errs := outer.enter(in)
	if len(errs) > 0 {
		return nil, errs
	}
	r.concealVariables(inner.values)
	r.inside[in] = inner
	return inner, nil
}

// leaveOut notes that a step does not run.
func (r *running) leaveOut(st *step) {
	vars, errs := r.varsOf(st.in)
	if len(errs) > 0 {
		vars = r.vars
	}
	vars.leaveOut(st.node)
}

// step runs one step and judges its result.
func (r *running) step(ctx context.Context, st *step, entry StepReport) StepReport {
	began, exchanges := time.Now(), r.h.Exchanges()
	entry = r.attempt(ctx, st, entry)
	entry.Duration = time.Since(began)
	if st.in != nil {
		entry.Account = append([]string{st.in.account()}, entry.Account...)
	}
	if last := r.h.Exchanges(); last > exchanges {
		entry.FirstExchange, entry.LastExchange = exchanges+1, last
	}
	return r.masked(entry)
}

func (r *running) attempt(ctx context.Context, st *step, entry StepReport) StepReport {
	entry.Status = Errored
	vars, errs := r.varsOf(st.in)
	if len(errs) == 0 {
		var filled *strictyaml.Node
		filled, errs = st.node.Interpolate(vars.lookup)
		r.concealStep(filled)
		if parsed, wrong := parseStep(filled); len(errs) == 0 && len(wrong) == 0 {
			parsed.in = st.in
			st = parsed
		} else if len(errs) == 0 {
			errs = wrong
		}
	}
	if len(errs) > 0 {
		entry.fail(errs...)
		return entry
	}
	ctx, stop := withTimeout(ctx, "step", st.Timeout)
	defer stop()
	if ctx.Err() != nil {
		entry.fail(r.scenario.ended(ctx, st))
		return entry
	}
	var t tries
	if st.Until == nil {
		t.out, t.result, t.err = r.perform(ctx, st)
	} else {
		t = r.tryUntil(ctx, st)
		entry.Tries = t.count
		entry.Expectations = matching.Count(st.Until)
	}
	entry.Account, entry.Result = t.out.Account, t.result
	switch {
	case ctx.Err() != nil:
		entry.fail(r.scenario.ended(ctx, st))
		return entry
	case st.Until != nil && !t.held():
		entry.timedOut(st, t)
		return entry
	case t.err != nil:
		entry.fail(r.scenario.mistakeOf(st, t.err))
		return entry
	case t.out.Verdict.Fatal && !st.speaksOf(t.out.Verdict):
		e := st.node.Errorf("%s: %s", st.title(), t.out.Verdict.Reason)
		e.Hint = sayso(t.out.Verdict)
		entry.Account = nil
		entry.fail(e)
		return entry
	case st.Until != nil:
		entry.Account = append(entry.Account, t.describe())
	}
	result := t.result
	if r.received != nil {
		r.received(st.action, result)
	}
	entry = r.judge(st, t.out.Verdict, result, entry)
	entry.save(r, st, vars, result)
	return entry
}

// perform does what a step is for, once.
func (r *running) perform(ctx context.Context, st *step) (outcome, any, error) {
	out, err := st.action.run(ctx, r)
	if err != nil {
		return out, nil, err
	}
	result, err := strictyaml.Plain(out.Result)
	if err != nil {
		return out, nil, fmt.Errorf("the result does not read as JSON: %w", err)
	}
	r.conceal(secretsIn(result)...)
	return out, result, nil
}

// judge compares the result with the step's expectations.
func (r *running) judge(st *step, v verdict, result any, entry StepReport) StepReport {
	entry.Status = Passed
	for _, asked := range []*strictyaml.Node{st.Until, st.Expect} {
		if asked != nil && r.judged != nil {
			r.judged(asked, result)
		}
	}
	entry.Expectations += matching.Count(st.Expect)
	entry.missed(matching.Match(st.Expect, result))
	if !v.Success && !st.speaksOf(v) {
		entry.Status = Failed
		e := st.node.Errorf("%s did not succeed: %s", st.title(), v.Reason)
		e.Hint = sayso(v)
		entry.Failures, entry.Details = append(entry.Failures, e.Detail()), append(entry.Details, errorDetail("refused", e))
	}
	return entry
}

// speaksOf reports whether the step says what the verdict should be.
func (s *step) speaksOf(v verdict) bool {
	return v.Key == "" || slices.ContainsFunc([]*strictyaml.Node{s.Expect, s.Until}, func(about *strictyaml.Node) bool {
		return about != nil && about.Kind() == strictyaml.Map && (about.Get(v.Key) != nil || v.Or != "" && about.Get(v.Or) != nil)
	})
}

func sayso(v verdict) string {
	return fmt.Sprintf("if that is what the scenario shows, say so: expect: {%s: …}", v.Key)
}
