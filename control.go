package harness

import (
	"encoding/json"
	"net/http"
)

// controlHandler serves health and readiness, and the trace.
func (h *Harness) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]string{"status": "ok"}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-h.ready:
			writeJSON(w, map[string]string{"status": "ready"})
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
			writeJSON(w, map[string]string{"status": "starting"})
		}
	})
	mux.HandleFunc("GET /v1/trace", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, h.Trace()) })
	return mux
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.Encode(v) // a broken connection is the client's business
}
