package sp

import (
	"slices"
	"strings"
	"sync"

	"github.com/idharness/harness/internal/refusal"
)

// Account is an AWS account of the organisation.
type Account struct {
	ID    string `json:"id"` // twelve digits
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// access holds accounts, permission sets and who is assigned to what.
type access struct {
	instance *Instance

	mu          sync.RWMutex
	accounts    []Account
	sets        []PermissionSet
	assignments []Assignment
	wishes      []Wish
	roles       map[roleKey]provisionedRole
}

func newAccess(i *Instance) *access {
	a := &access{instance: i, roles: make(map[roleKey]provisionedRole)}
	i.store.Subscribe(a.storeChanged)
	return a
}

func validation(message, expected, got, where string) error {
	return &refusal.Refusal{Code: "ValidationException", Message: message, Expected: expected, Got: got, Where: where, Fix: refusal.IdentityCenter}
}

func conflict(message, got, where string) error {
	return &refusal.Refusal{Code: "ConflictException", Message: message, Expected: "a name that is not in use", Got: got, Where: where, Fix: refusal.IdentityCenter}
}

func missing(what, ref string, known []string) error {
	expected := what + " that exists"
	if len(known) > 0 {
		expected = strings.Join(known, " or ")
	}
	return &refusal.Refusal{
		Code: "ResourceNotFoundException", Message: what + " not found.", Expected: expected, Got: ref, Where: what, Fix: refusal.IdentityCenter,
	}
}

// CreateAccount adds an account to the organisation.
func (i *Instance) CreateAccount(a Account) (Account, error) {
	if !accountShape.MatchString(a.ID) {
		return Account{}, validation("The account id is not valid.", "twelve digits", a.ID, "id")
	}
	if a.Name == "" {
		a.Name = a.ID
	}
	x := i.access
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, other := range x.accounts {
		if other.ID == a.ID || other.Name == a.Name {
			return Account{}, conflict("An account with this id or name exists.", a.ID+" "+a.Name, "accounts")
		}
	}
	x.accounts = append(x.accounts, a)
	return a, nil
}

// Accounts returns the accounts in the order in which they were added.
func (i *Instance) Accounts() []Account {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	return slices.Clone(i.access.accounts)
}

func (x *access) account(ref string) (Account, error) {
	var known []string
	for _, a := range x.accounts {
		if a.ID == ref || a.Name == ref {
			return a, nil
		}
		known = append(known, a.Name)
	}
	return Account{}, missing("account", ref, known)
}
