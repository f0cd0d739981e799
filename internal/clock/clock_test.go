package clock

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestFrozenClockMovesOnlyByAdvance(t *testing.T) {
	c := Frozen(start)
	if got := c.Now(); !got.Equal(start) {
		t.Fatalf("Now() = %v, want %v", got, start)
	}
	c.Advance(90 * time.Minute)
	if got, want := c.Now(), start.Add(90*time.Minute); !got.Equal(want) {
		t.Errorf("after Advance: Now() = %v, want %v", got, want)
	}
	c.Advance(-time.Hour)
	if got, want := c.Now(), start.Add(90*time.Minute); !got.Equal(want) {
		t.Errorf("a negative Advance moved the clock to %v, want %v", got, want)
	}
}

func TestFollowingClockAddsItsOffset(t *testing.T) {
	wall := start
	c := Following(func() time.Time { return wall })
	c.Advance(time.Hour)
	wall = wall.Add(time.Minute)
	if got, want := c.Now(), start.Add(61*time.Minute); !got.Equal(want) {
		t.Errorf("Now() = %v, want %v", got, want)
	}
}

func TestTimersRunInOrderAtTheirOwnTime(t *testing.T) {
	c := Frozen(start)
	var seen []time.Time
	var cycle func()
	cycle = func() {
		seen = append(seen, c.Now())
		c.At(c.Now().Add(40*time.Minute), "cycle", cycle)
	}
	c.At(start.Add(40*time.Minute), "cycle", cycle)
	c.At(start.Add(60*time.Minute), "expiry", func() { seen = append(seen, c.Now()) })
	stopped := c.At(start.Add(50*time.Minute), "stopped", func() { t.Error("a stopped timer ran") })
	if !stopped.Stop() || stopped.Stop() {
		t.Error("Stop must report true once, then false")
	}

	fired := c.Advance(2 * time.Hour)

	want := []Fired{
		{"cycle", start.Add(40 * time.Minute)},
		{"expiry", start.Add(60 * time.Minute)},
		{"cycle", start.Add(80 * time.Minute)},
		{"cycle", start.Add(120 * time.Minute)},
	}
	if diff := cmp.Diff(want, fired); diff != "" {
		t.Errorf("fired timers (-want +got):\n%s", diff)
	}
	for i, at := range seen {
		if !at.Equal(want[i].At) {
			t.Errorf("timer %d saw %v, want its due time %v", i, at, want[i].At)
		}
	}
	if due, ok := c.Next(); !ok || !due.Equal(start.Add(160*time.Minute)) {
		t.Errorf("Next() = %v, %v; want %v", due, ok, start.Add(160*time.Minute))
	}
}

func TestClockIsStoppedAndLetGo(t *testing.T) {
	real := start
	c := Following(func() time.Time { return real })
	c.Advance(time.Hour)
	if c.IsFrozen() {
		t.Error("a clock that follows real time says that it is frozen")
	}
	c.Freeze()
	real = real.Add(10 * time.Minute)
	if got, want := c.Now(), start.Add(time.Hour); !got.Equal(want) || !c.IsFrozen() {
		t.Errorf("stopped: Now() = %v, want %v; frozen %v", got, want, c.IsFrozen())
	}
	c.Advance(time.Minute)
	c.Follow(func() time.Time { return real })
	real = real.Add(5 * time.Minute)
	if got, want := c.Now(), start.Add(time.Hour+6*time.Minute); !got.Equal(want) || c.IsFrozen() {
		t.Errorf("let go: Now() = %v, want %v; frozen %v", got, want, c.IsFrozen())
	}
}
