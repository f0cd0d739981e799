package harness_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/load"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// What an initial cycle must reach of the bare generator's rate, and how much
// longer ten changes may take in a directory of many users than in one of few.
const (
	leastRate  = 0.6
	mostGrowth = 50
)

// endpoint is a SCIM endpoint with default settings behind net/http. Two of them
// give the same ids to the same requests.
type endpoint struct {
	addr  string
	url   string
	token string
	store *identitystore.Store
	stop  func()
}

func newEndpoint(b *testing.B, recorder *trace.Recorder) *endpoint {
	b.Helper()
	store := identitystore.New(identitystore.Config{Region: "eu-west-1", IDs: ids.New(7)})
	access, err := store.EnableProvisioning()
	if err != nil {
		b.Fatal(err)
	}
	scim, err := scimmock.New(scimmock.Config{Store: store, Trace: recorder})
	if err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: scim.Handler()}
	go server.Serve(listener)
	addr := listener.Addr().String()
	return &endpoint{addr, "http://" + addr + "/" + access.TenantID + "/scim/v2", access.Token, store, func() { server.Close() }}
}

// newSource returns the AWS application of a tenant whose users have filled-in
// profiles. Each is in one of the groups, which are assigned, and nine of ten
// have the tenth as manager.
func newSource(b *testing.B, e *endpoint, users, groups int, transport http.RoundTripper) (*idp.Tenant, *idp.Application) {
	b.Helper()
	tenant, err := idp.New(idp.Config{IDs: ids.New(8), ProvisioningTransport: transport})
	if err != nil {
		b.Fatal(err)
	}
	app, err := tenant.CreateApplication(idp.ApplicationConfig{Name: "AWS IAM Identity Center", Template: idp.TemplateAWSIdentityCenter})
	if err != nil {
		b.Fatal(err)
	}
	d := tenant.Directory()
	var boss string
	members := make([][]string, groups)
	for i := range users {
		u := directory.User{
			UserPrincipalName: load.UserName(i), DisplayName: fmt.Sprintf("Given%d Family%d", i, i), GivenName: fmt.Sprintf("Given%d", i), Surname: fmt.Sprintf("Family%d", i),
			Mail: load.UserName(i), JobTitle: "Engineer", Department: fmt.Sprintf("Department of %d", i), EmployeeID: fmt.Sprint(i), PreferredLanguage: "en-US",
			OfficeLocation: "Lisbon", StreetAddress: fmt.Sprintf("%d Main Street", i), City: "Lisbon", State: "Lisbon", PostalCode: "1000-001", Country: "PT",
			BusinessPhone: fmt.Sprintf("+351 210 %06d", i),
		}
		if i%10 > 0 {
			u.Manager = boss
		}
		made, err := d.CreateUser(u)
		if err != nil {
			b.Fatal(err)
		}
		if i%10 == 0 {
			boss = made.ID
		}
		members[i*groups/users] = append(members[i*groups/users], made.ID)
	}
	for i := range groups {
		g, err := d.CreateGroup(directory.Group{DisplayName: fmt.Sprintf("group %d", i)})
		if err != nil {
			b.Fatal(err)
		}
		if err := d.AddMembers(g.ID, members[i]...); err != nil {
			b.Fatal(err)
		}
		if err := app.Assign(g); err != nil {
			b.Fatal(err)
		}
	}
	if err := app.Provisioning().SetTarget(e.url, e.token); err != nil {
		b.Fatal(err)
	}
	return tenant, app
}

// cycle runs the next cycle, which must succeed.
func cycle(b *testing.B, app *idp.Application) (provisioning.Summary, time.Duration) {
	b.Helper()
	began := time.Now()
	s, err := app.Provisioning().RunCycle(context.Background())
	took := time.Since(began)
	if err == nil {
		err = s.Err()
	}
	if err != nil {
		b.Fatal(err)
	}
	return s, took
}

// tape notes requests, to be sent again by the bare generator.
type tape struct {
	next     http.RoundTripper
	texts    [][]byte
	statuses []int
}

func (t *tape) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		copied := req.Clone(req.Context())
		copied.Body, _ = req.GetBody()
		req = copied
	}
	text := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\n", req.Method, req.URL.RequestURI(), req.URL.Host)
	for name, values := range req.Header {
		for _, value := range values {
			if value != "" {
				text = fmt.Appendf(text, "%s: %s\r\n", name, value)
			}
		}
	}
	if body != nil {
		text = fmt.Appendf(text, "Content-Length: %d\r\n", len(body))
	}
	t.texts = append(t.texts, append(append(text, "\r\n"...), body...))
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		t.statuses = append(t.statuses, resp.StatusCode)
	}
	return resp, err
}

func (t *tape) work() load.Work {
	return load.Work{
		Request: func(b []byte, i int) []byte { return append(b, t.texts[i]...) },
		Check: func(i, status int, body []byte) error {
			if status != t.statuses[i] {
				return fmt.Errorf("status %d, was %d: %s\n%s", status, t.statuses[i], t.texts[i], body)
			}
			return nil
		},
	}
}

// BenchmarkInitialCycle provisions 10,000 users, their managers and 500 groups
// into our own endpoint over loopback, and has the bare generator send the same
// requests again, byte by byte, to an endpoint that is as empty. Both use one
// connection: the service works on one object after another. They take turns, and
// the median counts. "pair" is the endpoint as the harness serves it, with its
// trace, and is judged; "bare" is one that keeps none.
func BenchmarkInitialCycle(b *testing.B) {
	b.Run("pair", func(b *testing.B) {
		ratio := initialCycle(b, func() *trace.Recorder { return trace.NewRecorder(clock.Following(time.Now)) })
		if ratio < leastRate {
			b.Errorf("the cycle reaches %.2f of the bare generator's rate, want at least %.1f", ratio, leastRate)
		}
	})
	b.Run("bare", func(b *testing.B) { initialCycle(b, func() *trace.Recorder { return nil }) })
}

func initialCycle(b *testing.B, recorder func() *trace.Recorder) (ratio float64) {
	const users, groups, turns = 10_000, 500, 5
	requests := &tape{next: provisioning.DefaultTransport()}
	e := newEndpoint(b, nil)
	_, app := newSource(b, e, users, groups, requests)
	cycle(b, app)
	e.stop()
	for b.Loop() {
		var ratios, rates []float64
		for range turns {
			e := newEndpoint(b, recorder())
			_, app := newSource(b, e, users, groups, nil)
			runtime.GC()
			summary, took := cycle(b, app)
			if summary.Users.Created != users || summary.Groups.Created != groups || summary.Members.Added != users || summary.Requests != len(requests.texts) {
				b.Fatalf("cycle: %+v, want %d requests", summary, len(requests.texts))
			}
			e.stop()
			bare := replay(b, newEndpoint(b, recorder()), requests, users)
			ratios = append(ratios, bare.Seconds()/took.Seconds())
			rates = append(rates, float64(summary.Requests)/took.Seconds())
		}
		b.Logf("turns %.2f, %.0f req/s", ratios, rates)
		slices.Sort(ratios)
		slices.Sort(rates)
		ratio = ratios[turns/2]
		b.ReportMetric(ratio, "of-bare-rate")
		b.ReportMetric(rates[turns/2], "req/s")
	}
	b.ReportMetric(0, "ns/op")
	return ratio
}

// replay has the bare generator send the requests and returns how long it took.
func replay(b *testing.B, e *endpoint, requests *tape, users int) time.Duration {
	b.Helper()
	defer e.stop()
	client, err := load.Dial(e.addr, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	runtime.GC()
	began := time.Now()
	if err := client.Do(0, len(requests.texts), requests.work()); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	if made := e.store.Users(); len(made) != users {
		b.Fatalf("the generator made %d users", len(made))
	}
	return took
}

// BenchmarkIncrementalCycle changes ten objects, among them the members of a group
// that everybody is in, and runs a cycle, in a directory of ten users and in one of
// 100,000. The service follows changes, so the second may take a little longer,
// not 10,000 times. The directories take turns, and the median counts.
func BenchmarkIncrementalCycle(b *testing.B) {
	const turns = 9
	type side struct {
		tenant   *idp.Tenant
		app      *idp.Application
		everyone string
		users    []directory.User
	}
	var sides [2]side
	for i, users := range []int{10, 100_000} {
		e := newEndpoint(b, nil)
		defer e.stop()
		tenant, app := newSource(b, e, users, 1, nil)
		group := tenant.Directory().Groups()[0].ID
		sides[i] = side{tenant, app, group, tenant.Directory().Users()}
		cycle(b, app)
	}
	run := func(s side, turn int) time.Duration {
		d := s.tenant.Directory()
		for i := range 9 {
			u := s.users[(turn*9+i)%len(s.users)]
			if _, err := d.UpdateUser(u.ID, func(u *directory.User) { u.JobTitle = fmt.Sprintf("Engineer %d", turn) }); err != nil {
				b.Fatal(err)
			}
		}
		moved := s.users[9].ID
		change := d.RemoveMembers
		if turn%2 == 1 {
			change = d.AddMembers
		}
		if err := change(s.everyone, moved); err != nil {
			b.Fatal(err)
		}
		summary, took := cycle(b, s.app)
		if changed := summary.Users.Updated + summary.Users.Disabled + summary.Members.Added + summary.Members.Removed; changed < 10 || changed > 11 {
			b.Fatalf("cycle: %+v", summary)
		}
		return took
	}
	for b.Loop() {
		var few, many, ratios []float64
		for turn := range turns {
			f := run(sides[0], turn)
			m := run(sides[1], turn)
			few, many, ratios = append(few, f.Seconds()*1000), append(many, m.Seconds()*1000), append(ratios, m.Seconds()/f.Seconds())
		}
		for _, list := range [][]float64{few, many, ratios} {
			slices.Sort(list)
		}
		b.ReportMetric(few[turns/2], "ms/10-users")
		b.ReportMetric(many[turns/2], "ms/100000-users")
		b.ReportMetric(ratios[turns/2], "growth")
		if ratios[turns/2] >= mostGrowth {
			b.Errorf("ten changes take %.1f times as long with 100,000 users as with ten, want less than %d; turns %.1f", ratios[turns/2], mostGrowth, ratios)
		}
	}
	b.ReportMetric(0, "ns/op")
}
