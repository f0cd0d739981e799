package control

import (
	"net/http"

	"github.com/idharness/harness/internal/trace"
)

// traceFilter says which exchanges are wanted.
type traceFilter struct {
	kind, protocol string
}

var filterParameters = []parameter{
	{name: "kind", doc: "Only exchanges of this kind.", example: "Response"},
	{name: "protocol", doc: "Only exchanges of this protocol.", example: "saml", oneOf: []string{"saml", "scim", "aws", "http"}},
}

func (f traceFilter) takes(e *trace.Exchange) bool {
	return (f.kind == "" || e.Kind == f.kind) && (f.protocol == "" || e.Protocol == f.protocol)
}

func (s *Server) traceRoutes() []route {
	list := read(http.MethodGet, "/v1/trace", "trace", "The exchanges so far, in order of arrival. Secrets are masked.", s.trace)
	list.query = append([]parameter{
		{name: "after", doc: "Only exchanges after this number.", example: "0", kind: "integer"},
		{name: "limit", doc: "At most so many, the first ones. Default: all.", example: "5", kind: "integer"},
	}, filterParameters...)
	events := route{
		method: http.MethodGet, path: "/v1/trace/events", id: "traceEvents", status: http.StatusOK, media: eventStream,
		summary: "Exchanges as server-sent events, each once it is over, in order of arrival. The id is the exchange's number; Last-Event-ID or after goes on from there, otherwise from the first.",
		serve:   s.events,
		query:   append([]parameter{{name: "after", doc: "Only exchanges after this number.", example: "0", kind: "integer"}}, filterParameters...),
	}
	return []route{
		list,
		events,
		read(http.MethodDelete, "/v1/trace", "clearTrace", "Forgets the exchanges so far; numbering goes on.", func(*call) (nothing, error) {
			s.cfg.Trace.Reset()
			return nothing{}, nil
		}),
	}
}

func (s *Server) trace(c *call) ([]trace.Exchange, error) {
	values, err := c.parameters()
	if err != nil {
		return nil, err
	}
	after, err := number(values, "after")
	if err != nil {
		return nil, err
	}
	limit, err := number(values, "limit")
	if err != nil {
		return nil, err
	}
	filter := traceFilter{values["kind"], values["protocol"]}
	list := []trace.Exchange{}
	for _, e := range s.cfg.Trace.Exchanges() {
		if _, limited := values["limit"]; limited && len(list) == limit {
			break
		}
		if e.Seq > after && filter.takes(&e) {
			list = append(list, e)
		}
	}
	return list, nil
}
