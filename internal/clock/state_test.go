package clock

import (
	"context"
	"testing"
	"time"
)

func TestStateOfAFrozenClock(t *testing.T) {
	c := Frozen(start)
	kept := c.State()
	c.Advance(time.Hour)
	c.Restore(kept, nil)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("after Restore: Now() = %v, want %v", got, start)
	}
	follower := Following(func() time.Time { return start.Add(24 * time.Hour) })
	follower.Restore(kept, nil)
	if got := follower.Now(); !got.Equal(start) || !follower.State().Frozen {
		t.Errorf("a follower restored to a frozen state: %v, %+v", got, follower.State())
	}
}

func TestStateOfAFollowingClock(t *testing.T) {
	wall := start
	now := func() time.Time { return wall }
	c := Following(now)
	c.Advance(time.Hour)
	kept := c.State()
	c.Advance(time.Hour)
	wall = wall.Add(time.Minute)
	c.Restore(kept, now)
	if got, want := c.Now(), start.Add(61*time.Minute); !got.Equal(want) {
		t.Errorf("after Restore: Now() = %v, want %v", got, want)
	}
	frozen := Frozen(start)
	frozen.Restore(kept, now)
	if got, want := frozen.Now(), start.Add(61*time.Minute); !got.Equal(want) {
		t.Errorf("a frozen clock restored to a following state: %v, want %v", got, want)
	}
}

func TestStateCheck(t *testing.T) {
	for _, bad := range []State{{}, {Now: start, Frozen: true, Ahead: 1}} {
		if bad.Check() == nil {
			t.Errorf("%+v passed", bad)
		}
	}
	if err := (State{Now: start, Ahead: 1}).Check(); err != nil {
		t.Error(err)
	}
}

func TestHoldKeepsTimersFromRunning(t *testing.T) {
	c := Frozen(start)
	release, err := c.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Hold(over); err == nil {
		t.Error("a clock was held twice")
	}
	ran := make(chan time.Time, 1)
	c.At(start, "timer", func() { ran <- c.Now() })
	done := make(chan []Fired)
	go func() { done <- c.Advance(time.Minute) }()
	if len(ran) > 0 || !c.Now().Equal(start) {
		t.Error("the clock went on while it was held")
	}
	release()
	if fired := <-done; len(fired) != 1 {
		t.Errorf("after release %d timers fired, want 1", len(fired))
	}
}
