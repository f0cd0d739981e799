package control

import (
	"context"
	"net/http"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/provisioning"
)

// cycleRequest says what to run.
type cycleRequest struct {
	Cycle  string   `json:"cycle" oneOf:"initial|incremental|onDemand|restart" doc:"initial and incremental run what is next; restart begins anew. Default: incremental."`
	Users  []string `json:"users" doc:"On demand: userPrincipalNames or object ids."`
	Groups []string `json:"groups" doc:"On demand: display names or object ids."`
}

// jobState is whether a job runs.
type jobState struct {
	State provisioning.State `json:"state" doc:"NotConfigured, NotRun, Active, Paused, Quarantine or InProgress."`
}

// restartRequest says what a restart forgets.
type restartRequest struct {
	ResetScope string `json:"resetScope" doc:"A list of Watermark, Escrows, QuarantineState, ConnectorDataStore, Full, None; or ForceDeletes. Default: Watermark, Escrows, QuarantineState."`
}

// connection is what "Test Connection" said.
type connection struct {
	TestConnection string `json:"testConnection" doc:"succeeded; a connection that fails is a problem."`
	Endpoint       string `json:"endpoint"`
}

// quarantineState is the quarantine of a job, if it is in one.
type quarantineState struct {
	InQuarantine bool                     `json:"inQuarantine"`
	Quarantine   *provisioning.Quarantine `json:"quarantine,omitempty"`
}

// ofJob makes a route handler that asks the application's job.
func ofJob[R any](s *Server, ask func(*provisioning.Job) (R, error)) func(*call) (R, error) {
	return func(c *call) (R, error) {
		app, err := s.app(c.value("app"))
		if err != nil {
			var none R
			return none, err
		}
		return ask(app.Provisioning())
	}
}

func (s *Server) provisioningRoutes() []route {
	const base = "/v1/provisioning/{app}"
	return []route{
		read(http.MethodGet, base, "provisioningStatus", "The job as Microsoft Graph shows it.", ofJob(s, func(j *provisioning.Job) (provisioning.SynchronizationJob, error) { return j.Status(), nil })),
		read(http.MethodGet, base+"/settings", "provisioningSettings", "The settings of the job.", ofJob(s, func(j *provisioning.Job) (provisioning.Settings, error) { return j.Settings(), nil })),
		send(http.MethodPatch, base+"/settings", "setProvisioning", "Changes settings of the job; null sets one back to its default.", `{"scope": "assigned", "accidentalDeletionThreshold": 50}`,
			func(c *call, body changes[provisioning.Settings]) (provisioning.Settings, error) {
				app, err := s.app(c.value("app"))
				if err != nil {
					return provisioning.Settings{}, err
				}
				settings := app.Provisioning().Settings()
				body.apply(&settings)
				err = app.Provisioning().Configure(settings)
				return app.Provisioning().Settings(), err
			}),
		read(http.MethodPost, base+"/connect", "connectProvisioning", "Enables automatic provisioning in Identity Center, enters endpoint and a new token at the application and tests the connection.", s.connect),
		send(http.MethodPost, base+"/cycles", "provision", "Runs a cycle now. Objects that failed are in the summary.", `{"cycle": "incremental"}`, s.cycle),
		read(http.MethodPost, base+"/start", "startProvisioning", "Starts the job: cycles run as the clock goes on, the first one at once, others every 40 minutes.", s.start),
		read(http.MethodPost, base+"/stop", "stopProvisioning", "Pauses the job.", ofJob(s, func(j *provisioning.Job) (jobState, error) {
			j.Stop()
			return jobState{j.State()}, nil
		})),
		send(http.MethodPost, base+"/restart", "restartProvisioning", "Restarts the job: the next cycle is an initial one.", `{"resetScope": "Full"}`, s.restart),
		read(http.MethodGet, base+"/log", "provisioningLog", "The provisioning log, oldest first.", ofJob(s, func(j *provisioning.Job) ([]provisioning.LogEntry, error) { return j.Log(), nil })),
		read(http.MethodGet, base+"/quarantine", "quarantine", "Whether the job is in quarantine, and why.", ofJob(s, func(j *provisioning.Job) (quarantineState, error) {
			if q, in := j.Quarantine(); in {
				return quarantineState{true, &q}, nil
			}
			return quarantineState{}, nil
		})),
		read(http.MethodGet, base+"/links", "provisioningLinks", "Which object of the directory is which in the target.", ofJob(s, func(j *provisioning.Job) ([]provisioning.Link, error) { return j.Links(), nil })),
		read(http.MethodDelete, base+"/links/{id}", "unlink", "Removes the link between an object and its counterpart in the target.", func(c *call) (nothing, error) {
			app, err := s.app(c.value("app"))
			if err != nil {
				return nothing{}, err
			}
			return nothing{}, app.Provisioning().Unlink(c.context(), c.value("id"))
		}),
	}
}

func (s *Server) connect(c *call) (connection, error) {
	app, err := s.app(c.value("app"))
	if err != nil {
		return connection{}, err
	}
	if err := s.cfg.Actions.ConnectProvisioning(c.context(), app); err != nil {
		return connection{}, unreached{err}
	}
	return connection{"succeeded", s.cfg.IdentityCenter.SCIMURL()}, nil
}

func (s *Server) start(c *call) (jobState, error) {
	app, err := s.app(c.value("app"))
	if err != nil {
		return jobState{}, err
	}
	err = app.Provisioning().Start(context.WithoutCancel(c.context())) // later cycles run in it too
	return jobState{app.Provisioning().State()}, err
}

func (s *Server) restart(c *call, body restartRequest) (jobState, error) {
	app, err := s.app(c.value("app"))
	if err != nil {
		return jobState{}, err
	}
	var reset provisioning.Reset
	if body.ResetScope != "" {
		if reset, err = provisioning.ParseReset(body.ResetScope); err != nil {
			return jobState{}, err
		}
	}
	err = app.Provisioning().Restart(context.WithoutCancel(c.context()), reset)
	return jobState{app.Provisioning().State()}, err
}

func (s *Server) cycle(c *call, body cycleRequest) (provisioning.Summary, error) {
	var none provisioning.Summary
	app, err := s.app(c.value("app"))
	if err != nil {
		return none, err
	}
	if body.Cycle != provisioning.CycleOnDemand && len(body.Users)+len(body.Groups) > 0 {
		return none, badRequest("users and groups belong to a cycle on demand", "users", `say "cycle": "onDemand"`)
	}
	switch body.Cycle {
	case provisioning.CycleOnDemand:
		ids, err := s.subjects(body)
		if err != nil {
			return none, err
		}
		return app.Provisioning().OnDemand(c.context(), ids...)
	case provisioning.CycleRestart:
		if err := app.Provisioning().Restart(context.WithoutCancel(c.context()), 0); err != nil {
			return none, err
		}
	}
	return s.provision(c.context(), app)
}

func (s *Server) provision(ctx context.Context, app *idp.Application) (provisioning.Summary, error) {
	summary, err := s.cfg.Actions.Provision(ctx, app)
	if err != nil {
		return provisioning.Summary{}, unreached{err}
	}
	return summary, nil
}

// subjects finds the object ids of those who are provisioned on demand.
func (s *Server) subjects(body cycleRequest) ([]string, error) {
	var ids []string
	for _, ref := range body.Users {
		u, err := s.entraUser(ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, u.ID)
	}
	for _, ref := range body.Groups {
		g, err := s.entraGroup(ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, g.ID)
	}
	return ids, nil
}
