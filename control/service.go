package control

import "net/http"

// status is the answer of health and readiness.
type status struct {
	Status string `json:"status" doc:"ok, ready or starting."`
}

// BaseURLs are the addresses under which others reach the three listeners.
type BaseURLs struct {
	Entra          string `json:"entra,omitempty" doc:"Without a trailing slash. Left out: as it is."`
	IdentityCenter string `json:"identityCenter,omitempty"`
	Control        string `json:"control,omitempty"`
}

func (s *Server) serviceRoutes() []route {
	healthz := read(http.MethodGet, "/healthz", "health", "Says that the harness runs.", func(*call) (status, error) { return status{"ok"}, nil })
	readyz := read(http.MethodGet, "/readyz", "readiness", "Says whether the harness is ready; 503 while it starts.", s.readiness)
	healthz.open, readyz.open = true, true
	return []route{
		healthz,
		readyz,
		read(http.MethodGet, "/openapi.json", "openapi", "This document.", func(*call) (raw, error) {
			text, err := s.document()
			return raw{"application/json", text}, err
		}),
		read(http.MethodGet, "/v1/info", "info", "Addresses and ids, by the names that harness up gives them in its environment file. Tokens are left out.",
			func(*call) (map[string]string, error) { return s.cfg.Actions.Environment(), nil }),
		read(http.MethodGet, "/v1/base-urls", "baseURLs", "The addresses under which others reach the three listeners.",
			func(*call) (BaseURLs, error) { return s.cfg.Actions.BaseURLs(), nil }),
		send(http.MethodPut, "/v1/base-urls", "setBaseURLs", "Changes addresses; metadata and everything else that names them follows.",
			`{"entra": "http://localhost:8400", "identityCenter": "http://127.0.0.1:8500"}`,
			func(_ *call, body BaseURLs) (BaseURLs, error) {
				err := s.cfg.Actions.SetBaseURLs(body)
				return s.cfg.Actions.BaseURLs(), err
			}),
	}
}

func (s *Server) readiness(*call) (status, error) {
	select {
	case <-s.cfg.Ready:
		return status{"ready"}, nil
	default:
		return status{}, &problem{Kind: "later", Status: http.StatusServiceUnavailable, Detail: "the harness is starting"}
	}
}
