package awsapi

import (
	"slices"
	"sync"
)

// maxRequests is how many requests of a kind can be asked about; the oldest are
// forgotten first.
const maxRequests = 1000

// requestLog keeps how requests went whose outcome is asked for afterwards. They
// happen at once, but as in the service the first answer says IN_PROGRESS and
// only the question after it how it ended: clients wait for that change.
type requestLog[Status any] struct {
	mu    sync.Mutex
	byID  map[string]Status
	order []string
}

func newRequestLog[Status any]() *requestLog[Status] {
	return &requestLog[Status]{byID: make(map[string]Status)}
}

func (q *requestLog[Status]) put(id string, ended Status) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.byID[id] = ended
	if q.order = append(q.order, id); len(q.order) > maxRequests {
		delete(q.byID, q.order[0])
		q.order = slices.Delete(q.order, 0, 1)
	}
}

func (q *requestLog[Status]) get(id string) (Status, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	status, ok := q.byID[id]
	return status, ok
}

// all returns the requests in order of arrival.
func (q *requestLog[Status]) all() []Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := make([]Status, len(q.order))
	for n, id := range q.order {
		list[n] = q.byID[id]
	}
	return list
}
