package trace

// After returns the exchanges after number seq that are over, up to the first
// that is still under way, and a channel that is closed at the next change. Who
// follows the trace asks, waits for the channel and asks again: a slow one is
// behind, and keeps nobody waiting.
func (r *Recorder) After(seq int) ([]Exchange, <-chan struct{}) {
	if r == nil {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	var out []Exchange
	for _, e := range r.exchanges {
		if r.underWay[e.Seq] {
			break
		}
		if e.Seq > seq {
			out = append(out, clone(e))
		}
	}
	return out, r.changed
}

// announce tells those who follow the trace that it has changed. The recorder
// is locked.
func (r *Recorder) announce() {
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// finish says that nothing more will be known of the exchange.
func (o *Open) finish() {
	o.recorder.mu.Lock()
	defer o.recorder.mu.Unlock()
	delete(o.recorder.underWay, o.exchange.Seq)
	o.recorder.announce()
}
