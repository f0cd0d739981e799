package harness_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/rounds"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// Whatever happens in Entra, and however the SCIM endpoint fails meanwhile: two
// cycles after its faults are over the identity store has what the directory
// says, and after a restart also what the documentation leaves out until then.
func TestConvergence(t *testing.T) {
	disturbed := 0
	for seed := range uint64(rounds.Of(t, 16)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWorld(t, seed)
			defer func() {
				if t.Failed() {
					t.Logf("history:\n%s", strings.Join(w.history, "\n"))
				}
			}()
			for range 12 {
				for range w.rand.IntN(7) {
					w.act()
				}
				w.disturbedCycle()
			}
			w.settle()
			w.compare()
			disturbed += w.requests.disturbed
			if t.Failed() {
				return
			}
			w.loseObjects()
			w.note("restart")
			w.check(w.job.Restart(context.Background(), provisioning.ResetNone|provisioning.ResetWatermark))
			w.settle()
			w.forgetLate()
			w.compare()
		})
	}
	if disturbed == 0 {
		t.Error("no fault met a request")
	}
}

// world is a tenant and an endpoint that provisioning connects, and the model's
// memory of what happened.
type world struct {
	*testing.T
	rand     *rand.Rand
	clock    *clock.Clock
	dir      *directory.Directory
	app      *idp.Application
	job      *provisioning.Job
	settings provisioning.Settings
	scim     *scimmock.Server
	store    *identitystore.Store
	requests *wire

	serial   int
	filtered bool
	assigned map[string]bool
	people   map[string]*person // by object id
	groupIDs []string
	late     map[[2]string]bool // group and user: the user became a member while it could not be provisioned
	history  []string
}

// person is what the model remembers of a user beyond the directory.
type person struct {
	values map[string]map[string]bool // by attribute: everything that it had
	boss   string                     // a manager who could not be provisioned when a cycle looked
}

// convergenceProfile chooses an endpoint, and the dialect in which Entra can work
// with it: AWS takes one attribute where there is no path, which the form of
// aadOptscim062020 does not keep to, and a server by the RFCs takes no text for a
// boolean, none for a manager, and no filter by an extension's attribute without
// its URN, as the check of a reference has it.
func convergenceProfile(r *rand.Rand) (scimmock.Profile, provisioning.Settings) {
	settings := provisioning.Settings{MemberBatchSize: []int{1, 3, 100}[r.IntN(3)], CheckReferences: r.IntN(4) == 0}
	p := scimmock.AWS()
	if r.IntN(3) == 0 {
		p = scimmock.RFC()
		p.CreateFiltered = true
		settings.Compliant, settings.ManagerValueForm, settings.CheckReferences = true, provisioning.ManagerObject, false
	}
	if r.IntN(2) == 0 {
		p.Throttle, p.ThrottleWrites, p.ThrottleMemberships = true, 3, 3
		p.ThrottleRetryAfter = []int{0, 5400}[r.IntN(2)]
	}
	return p, settings
}

func newWorld(t *testing.T, seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 60))
	profile, settings := convergenceProfile(r)
	w := &world{
		T: t, rand: r, clock: clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), settings: settings,
		assigned: make(map[string]bool), people: make(map[string]*person), late: make(map[[2]string]bool),
	}
	w.store = identitystore.New(identitystore.Config{Region: "eu-west-1", Clock: w.clock, IDs: ids.New(seed), Rules: profile.Rules})
	access, err := w.store.EnableProvisioning()
	w.check(err)
	w.scim, err = scimmock.New(scimmock.Config{Store: w.store, Clock: w.clock, Profile: profile})
	w.check(err)
	server := httptest.NewServer(w.scim.Handler())
	t.Cleanup(server.Close)
	w.requests = newWire(w)
	tenant, err := idp.New(idp.Config{Clock: w.clock, IDs: ids.New(seed + 1000), ProvisioningTransport: w.requests})
	w.check(err)
	template := idp.TemplateAWSIdentityCenter
	if profile.Protocol == scimmock.ProtocolRFC && r.IntN(2) == 0 {
		template = idp.TemplateCustomSAML
	}
	w.app, err = tenant.CreateApplication(idp.ApplicationConfig{Name: "SCIM", Template: template})
	w.check(err)
	w.dir, w.job = tenant.Directory(), w.app.Provisioning()
	w.check(w.job.SetTarget(server.URL+"/"+access.TenantID+"/scim/v2", access.Token))
	w.check(w.job.Configure(settings))
	w.note("%s, %s, throttled: %v", profile.Name, template, profile.Throttle)
	for range 4 {
		w.newUser()
	}
	for range 2 {
		w.newGroup()
	}
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) note(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf(format, args...))
}

// arm has the endpoint fail in every way that it can.
func (w *world) arm() {
	for range w.rand.IntN(5) {
		f := scimmock.Fault{After: w.rand.IntN(12), Times: 1 + w.rand.IntN(4)}
		if w.rand.IntN(2) == 0 {
			f.Method = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}[w.rand.IntN(4)]
		}
		if w.rand.IntN(2) == 0 {
			f.Path = []string{"/Users", "/Groups"}[w.rand.IntN(2)]
		}
		page := "<html>Down for maintenance</html>"
		switch w.rand.IntN(8) {
		case 0:
			f.Drop = scimmock.DropBefore
		case 1, 2:
			f.Drop = scimmock.DropAfter
		case 3, 4:
			f.HalfBody = true
		case 5:
			f.Status, f.RetryAfter = []int{429, 503}[w.rand.IntN(2)], time.Duration(w.rand.IntN(3))*time.Hour
		case 6:
			f.Status, f.Body, f.Latency = []int{200, 502}[w.rand.IntN(2)], &page, time.Millisecond
		default:
			f.Status = []int{400, 401, 403, 404, 409, 500}[w.rand.IntN(6)]
		}
		w.note("fault %+v", f)
		w.check(w.scim.Fail(f))
	}
}

// disturbedCycle is a cycle during which time stands still for the endpoint's
// throttling.
func (w *world) disturbedCycle() {
	w.clock.Advance([]time.Duration{40 * time.Minute, 3 * time.Hour, 13 * time.Hour}[w.rand.IntN(3)])
	w.arm()
	w.note("%s cycle", w.clock.Now().Format("01-02 15:04"))
	s, err := w.job.RunCycle(context.Background())
	w.check(err)
	w.note("%s: %s, %v", s.Cycle, s.Status, s.Err())
	w.scim.ClearFaults()
	w.remember()
}

// settle is the two cycles after the endpoint has recovered, late enough for
// every retry to be due, and slow enough for it to throttle nothing.
func (w *world) settle() {
	w.scim.ClearFaults()
	w.requests.pace = time.Second
	defer func() { w.requests.pace = 0 }()
	for range 2 {
		w.clock.Advance(25 * time.Hour)
		w.note("%s quiet cycle", w.clock.Now().Format("01-02 15:04"))
		s, err := w.job.RunCycle(context.Background())
		w.check(err)
		w.note("%s: %s, %v", s.Cycle, s.Status, s.Err())
		w.remember()
	}
	for _, e := range w.job.Escrows() {
		if !w.blocked(e) {
			w.Errorf("escrow %+v two cycles after the endpoint recovered", e)
		}
	}
}

// loseObjects has an administrator of AWS delete a user and a group, and empty
// the groups.
func (w *world) loseObjects() {
	for _, g := range w.store.Groups() {
		if members := w.store.Members(g.ID); len(members) > 0 {
			w.note("AWS empties %s", g.DisplayName)
			w.check(w.store.RemoveMembers(g.ID, members...))
		}
	}
	if users := w.store.Users(); len(users) > 0 {
		u := users[w.rand.IntN(len(users))]
		w.note("AWS deletes %s", u.UserName)
		w.check(w.store.DeleteUser(u.ID))
	}
	if groups := w.store.Groups(); len(groups) > 0 {
		g := groups[w.rand.IntN(len(groups))]
		w.note("AWS deletes %s", g.DisplayName)
		w.check(w.store.DeleteGroup(g.ID))
	}
}
