package control

import (
	"net/http"
	"time"

	"github.com/idharness/harness/internal/clock"
)

// clockState is what the virtual clock shows.
type clockState struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen" doc:"Whether it moves only by advance; otherwise it goes with real time."`
	Next   time.Time `json:"next,omitzero" doc:"When the next timer is due: a cycle, the expiry of a token or certificate."`
}

// advance moves the clock.
type advance struct {
	By time.Duration `json:"by" required:"true" doc:"Such as 40m, 1h30m or 90d."`
}

// setClock moves the clock to a time, or stops it.
type setClock struct {
	Now    *time.Time `json:"now" doc:"Not before the time that it shows: a clock does not go back."`
	Frozen *bool      `json:"frozen" doc:"true stops it, false lets it go with real time from where it stands."`
}

// advanced is what an advance did.
type advanced struct {
	clockState
	Ran []clock.Fired `json:"ran" doc:"The timers that ran, each at its own time."`
}

func (s *Server) clockRoutes() []route {
	return []route{
		read(http.MethodGet, "/v1/clock", "clock", "What the virtual clock shows.", func(*call) (clockState, error) { return s.clock(), nil }),
		send(http.MethodPut, "/v1/clock", "setClock", "Moves the clock to a time, running what falls due, and stops it or lets it go.", `{"frozen": true}`, s.setClock),
		send(http.MethodPost, "/v1/clock/advance", "advance", "Moves the clock on. Timers that fall due run, each at its own time: a provisioning cycle every 40 minutes, expiry.", `{"by": "40m"}`,
			func(_ *call, body advance) (advanced, error) {
				if body.By < 0 {
					return advanced{}, backwards("by", body.By.String())
				}
				ran := s.cfg.Clock.Advance(body.By)
				return advanced{s.clock(), ran}, nil
			}),
	}
}

func (s *Server) clock() clockState {
	state := clockState{Now: s.cfg.Clock.Now(), Frozen: s.cfg.Clock.IsFrozen()}
	if next, ok := s.cfg.Clock.Next(); ok {
		state.Next = next
	}
	return state
}

func (s *Server) setClock(_ *call, body setClock) (advanced, error) {
	if body.Now == nil && body.Frozen == nil {
		return advanced{}, badRequest("the body says neither now nor frozen", "body", "")
	}
	if body.Frozen != nil && *body.Frozen {
		s.cfg.Clock.Freeze()
	}
	var ran []clock.Fired
	if body.Now != nil {
		now := s.cfg.Clock.Now()
		if body.Now.Before(now) {
			return advanced{}, backwards("now", body.Now.Format(time.RFC3339Nano)+", and it is "+now.Format(time.RFC3339Nano))
		}
		ran = s.cfg.Clock.Advance(body.Now.Sub(now))
	}
	if body.Frozen != nil && !*body.Frozen {
		s.cfg.Clock.Follow(time.Now)
	}
	return advanced{s.clock(), ran}, nil
}

func backwards(where, got string) error {
	p := badRequest("the clock does not go back", where, "")
	p.Expected, p.Got = "a time that has not passed", got
	p.Hint = "restore a snapshot, or reset the harness, to have an earlier time"
	return p
}
