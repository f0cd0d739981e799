package sp

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
)

// RoleCredentials are temporary credentials of a role that stands for a
// permission set in an account, as GetRoleCredentials gives them out.
type RoleCredentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

// RoleSession is whose credentials they are.
type RoleSession struct {
	AccessKeyID string
	AccountID   string
	RoleName    string            // AWSReservedSSO_…
	RoleARN     string            // of the role, with its path
	RoleID      string            // AROA…
	UserName    string            // the role session name
	Tags        map[string]string // session tags, from attributes for access control
	// In direct federation with IAM only.
	TransitiveTagKeys []string
	SourceIdentity    string
	Started           time.Time
	Expires           time.Time

	proof [sha256.Size]byte // of the secret access key and the session token
	token [sha256.Size]byte // of the session token alone
}

// HasToken reports whether a session token belongs to the session's access key.
func (s RoleSession) HasToken(token string) bool { return sha256.Sum256([]byte(token)) == s.token }

// proves reports whether somebody holds the session's credentials.
func (s RoleSession) proves(secret, token string) bool {
	return sha256.Sum256([]byte(secret+" "+token)) == s.proof
}

// ARN is the ARN of the assumed role, which is without the role's path.
func (s RoleSession) ARN() string {
	return "arn:aws:sts::" + s.AccountID + ":assumed-role/" + s.RoleName + "/" + s.UserName
}

// UserID is the role's id and the session name.
func (s RoleSession) UserID() string { return s.RoleID + ":" + s.UserName }

// The alphabets of access keys and secrets, as seen.
const (
	keyAlphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

const maxRoleSessions = 10_000

// roleSessions remembers the credentials that were given out. They outlive the
// portal session in which they were (user guide, "Authentication": running role
// sessions go on).
type roleSessions struct {
	mu    sync.Mutex
	byKey map[string]RoleSession
	order []string
}

func newRoleSessions() *roleSessions { return &roleSessions{byKey: make(map[string]RoleSession)} }

func (r *roleSessions) add(key string, s RoleSession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byKey[key] = s
	r.order = append(r.order, key)
	if len(r.order) > maxRoleSessions {
		delete(r.byKey, r.order[0])
		r.order = r.order[1:]
	}
}

// RoleSession finds the session of an access key, also one that has expired.
func (i *Instance) RoleSession(accessKeyID string) (RoleSession, bool) {
	i.roleSessions.mu.Lock()
	defer i.roleSessions.mu.Unlock()
	s, ok := i.roleSessions.byKey[accessKeyID]
	s.Tags = maps.Clone(s.Tags)
	return s, ok
}

// assume opens a role session of the user, if the user may use the permission
// set in the account: for as long as the permission set says.
func (i *Instance) assume(userID, accountID, permissionSet string, asserted map[string]string) (RoleCredentials, RoleSession, bool) {
	user, exists := i.store.User(userID)
	set, may := i.granted(userID, accountID, permissionSet)
	if !exists || !user.Active || !may {
		return RoleCredentials{}, RoleSession{}, false
	}
	roleARN, ok := i.RoleARN(accountID, set.ARN)
	duration, err := parseSessionDuration(set.SessionDuration)
	if !ok || err != nil {
		return RoleCredentials{}, RoleSession{}, false
	}
	role := roleARN[strings.LastIndex(roleARN, "/")+1:]
	now := i.clock.Now()
	s := RoleSession{
		AccountID: accountID, RoleName: role, RoleARN: roleARN, UserName: user.UserName, Tags: i.sessionTags(user, asserted), Started: now, Expires: now.Add(duration),
		// Made of the suffix, so that a role keeps its id as long as its name.
		RoleID: "AROA" + strings.ToUpper(role[len(role)-16:]) + "S",
	}
	c := i.giveOut(&s)
	i.recordAssumeRole(s)
	return c, s, true
}

// granted finds a permission set that the user may use in the account, by name,
// as it was provisioned there last.
func (i *Instance) granted(userID, accountID, name string) (PermissionSet, bool) {
	for _, account := range i.AccessOf(userID) {
		if account.ID != accountID {
			continue
		}
		for _, role := range account.Roles {
			if role == name {
				i.access.mu.RLock()
				defer i.access.mu.RUnlock()
				return i.access.provisioned(accountID, name)
			}
		}
	}
	return PermissionSet{}, false
}

// RoleCredentials gives out credentials of a permission set in an account to a
// user, as the access portal does. The account goes by name or id, the permission
// set by name or ARN.
func (i *Instance) RoleCredentials(userName, account, permissionSet string) (RoleCredentials, error) {
	user, ok := i.store.UserByName(userName)
	if !ok {
		return RoleCredentials{}, missing("user", userName, nil)
	}
	i.access.mu.RLock()
	a, err := i.access.account(account)
	set, unknown := i.access.set(permissionSet)
	i.access.mu.RUnlock()
	if err := cmp.Or(err, unknown); err != nil {
		return RoleCredentials{}, err
	}
	c, _, ok := i.assume(user.ID, a.ID, set.Name, nil)
	if !ok {
		return RoleCredentials{}, fmt.Errorf("credentials of %s in %s for %s: %w", set.Name, a.Name, userName, noAccess(a.ID, set.Name))
	}
	return c, nil
}
