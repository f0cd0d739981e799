package control

import (
	"errors"
	"net/http"
	"reflect"

	"github.com/idharness/harness/internal/refusal"
)

func (s *Server) stateRoutes() []route {
	restore := route{
		method: http.MethodPut, path: "/v1/snapshot", id: "restore", status: http.StatusNoContent,
		summary: "Goes back to a snapshot, also one of another harness. Browsers and their sessions end; the trace and the addresses stay.",
		example: `{"version": 1}`, takes: reflect.TypeFor[map[string]any](), gives: reflect.TypeFor[nothing](), serve: s.restore,
	}
	return []route{
		read(http.MethodGet, "/v1/snapshot", "snapshot", "The state of everything but browsers, trace and addresses. It is a secret: it has passwords, private keys and tokens.", func(*call) (raw, error) {
			text, err := s.cfg.Actions.Snapshot()
			return raw{"application/json", text}, err
		}),
		restore,
		read(http.MethodPost, "/v1/reset", "reset", "Goes back to the state in which the harness was ready.", func(*call) (nothing, error) { return nothing{}, s.cfg.Actions.Reset() }),
	}
}

func (s *Server) restore(c *call) error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	if err := c.mediaType("application/json"); err != nil {
		return err
	}
	text, err := c.body(maxSnapshot)
	if err != nil {
		return err
	}
	if err := s.cfg.Actions.Restore(text); err != nil {
		var why *refusal.Refusal
		if errors.As(err, &why) {
			return err
		}
		return badRequest(err.Error(), "body", "")
	}
	return c.answer(c.route.status, nothing{})
}
