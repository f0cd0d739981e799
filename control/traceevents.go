package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/idharness/harness/internal/trace"
)

const (
	// eventStream is the media type of server-sent events (HTML Living Standard,
	// section 9.2).
	eventStream = "text/event-stream"

	defaultHeartbeat = 15 * time.Second
	// writeLimit is how long a client may take to read what is sent. One that
	// reads slower loses its stream; it can come back with Last-Event-ID.
	writeLimit = 30 * time.Second
)

// events sends exchanges until the client goes or the harness ends. Nothing is
// kept for a client: it is behind by the number of the last exchange it was
// sent, so a slow one keeps nobody waiting.
func (s *Server) events(c *call) error {
	values, err := c.parameters()
	if err != nil {
		return err
	}
	if id := c.r.Header.Get("Last-Event-ID"); id != "" {
		values["after"] = id
	}
	after, err := number(values, "after")
	if err != nil {
		return err
	}
	stream := eventWriter{control: http.NewResponseController(c.w), w: c.w}
	c.w.Header().Set("Content-Type", eventStream)
	c.w.WriteHeader(http.StatusOK)
	filter := traceFilter{values["kind"], values["protocol"]}
	heartbeat := time.NewTicker(s.cfg.Heartbeat)
	defer heartbeat.Stop()
	if stream.send([]byte(": exchanges follow\n\n")) != nil {
		return nil // the client has gone
	}
	for {
		list, changed := s.cfg.Trace.After(after)
		for i := range list {
			after = list[i].Seq
			if !filter.takes(&list[i]) {
				continue
			}
			text, err := event(&list[i])
			if err == nil {
				err = stream.send(text)
			}
			if err != nil {
				return nil
			}
		}
		select {
		case <-changed:
		case <-heartbeat.C:
			if stream.send([]byte(": still here\n\n")) != nil {
				return nil
			}
		case <-c.context().Done():
			return nil
		case <-s.done:
			return nil
		}
	}
}

// event is one exchange on the wire.
func event(e *trace.Exchange) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("id: " + strconv.Itoa(e.Seq) + "\nevent: exchange\ndata: ")
	text, err := json.Marshal(e) // in one line
	if err != nil {
		return nil, fmt.Errorf("write exchange %d: %w", e.Seq, err)
	}
	b.Write(text)
	b.WriteString("\n\n")
	return b.Bytes(), nil
}

type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e *eventWriter) send(text []byte) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	if _, err := e.w.Write(text); err != nil {
		return err
	}
	return e.control.Flush()
}
