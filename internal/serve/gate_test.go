package serve

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

func TestGateHoldsRequestsUp(t *testing.T) {
	var gate Gate
	var inside atomic.Int32
	handler := gate.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside.Add(1)
		inside.Add(-1)
	}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
			}
		})
	}
	for range 100 {
		open, err := gate.Shut(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := inside.Load(); n != 0 {
			t.Errorf("%d requests under way behind a shut gate", n)
		}
		open()
	}
	wg.Wait()
}

// A request that does not end must not keep the others out for good.
func TestGateGivesUp(t *testing.T) {
	var gate Gate
	stuck, entered := make(chan struct{}), make(chan struct{})
	slow := gate.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-stuck
	}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		slow.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gate.Shut(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shut gave %v, want the context's error", err)
	}
	served := false
	gate.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if !served {
		t.Error("the gate stayed shut")
	}
	close(stuck)
	<-done
	open, err := gate.Shut(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.Shut(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a second Shut gave %v, want the context's error", err)
	}
	served = false
	gate.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if served {
		t.Error("a request went through a shut gate")
	}
	open()
}
