package idp

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Smart lockout as it is set up in a new tenant, and as it works
// (learn.microsoft.com, "Protect user accounts from attacks with Microsoft Entra
// smart lockout"): after ten failed attempts the account is locked for a minute,
// after every further one again and longer, and an attempt with one of the last
// three wrong passwords does not count anew. By how much longer is not
// published; here it doubles.
const (
	lockoutThreshold = 10
	lockoutDuration  = time.Minute
	lockoutLongest   = 24 * time.Hour
	lockoutMemory    = 3
)

// lockouts counts failed attempts by user.
type lockouts struct {
	mu     sync.Mutex
	byUser map[string]*failedAttempts
}

type failedAttempts struct {
	count  int
	recent [][sha256.Size]byte // of the last wrong passwords
	length time.Duration       // of the latest lock
	until  time.Time
}

func newLockouts() *lockouts { return &lockouts{byUser: make(map[string]*failedAttempts)} }

// check refuses a user who is locked out, whatever the password.
func (l *lockouts) check(user directory.User, now time.Time) *refusal.Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	attempts, ok := l.byUser[user.ID]
	if !ok || !now.Before(attempts.until) {
		return nil
	}
	return aadsts(50053, text50053, refusal.Refusal{
		Expected: "an attempt after " + attempts.until.Format(time.RFC3339), Got: "one at " + now.Format(time.RFC3339) + ", after too many wrong passwords of " + user.UserPrincipalName,
		Where: "smart lockout", Fix: refusal.Request, Hint: "wait, or advance the clock, and sign in with the right password",
	})
}

// failed counts a wrong password.
func (l *lockouts) failed(userID, password string, now time.Time, threshold int, length time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	attempts, ok := l.byUser[userID]
	if !ok {
		attempts = &failedAttempts{}
		l.byUser[userID] = attempts
	}
	hash := sha256.Sum256([]byte(password))
	if slices.Contains(attempts.recent, hash) {
		return
	}
	attempts.recent = append(attempts.recent, hash)
	attempts.recent = attempts.recent[max(0, len(attempts.recent)-lockoutMemory):]
	attempts.count++
	if attempts.count < cmp.Or(threshold, lockoutThreshold) {
		return
	}
	if attempts.length == 0 {
		attempts.length = cmp.Or(length, lockoutDuration)
	} else {
		attempts.length = min(2*attempts.length, lockoutLongest)
	}
	attempts.until = now.Add(attempts.length)
}

// forget ends the count after the right password.
func (l *lockouts) forget(userID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byUser, userID)
}
