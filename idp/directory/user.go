package directory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// DefaultPassword is the password of users who were given none. The sign-in
// page says so: there is nothing to protect.
const DefaultPassword = "Harness-2026!"

// User is a user object with Microsoft Graph's property names.
type User struct {
	ID                string `json:"id,omitempty"` // object id; made when empty
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName,omitempty"`
	GivenName         string `json:"givenName,omitempty"`
	Surname           string `json:"surname,omitempty"`
	Mail              string `json:"mail,omitempty"`
	MailNickname      string `json:"mailNickname,omitempty"` // default: the userPrincipalName before its @
	Department        string `json:"department,omitempty"`
	JobTitle          string `json:"jobTitle,omitempty"`
	CompanyName       string `json:"companyName,omitempty"`
	EmployeeID        string `json:"employeeId,omitempty"`
	OfficeLocation    string `json:"officeLocation,omitempty"`
	StreetAddress     string `json:"streetAddress,omitempty"`
	City              string `json:"city,omitempty"`
	State             string `json:"state,omitempty"`
	PostalCode        string `json:"postalCode,omitempty"`
	Country           string `json:"country,omitempty"`
	BusinessPhone     string `json:"businessPhone,omitempty"` // the first of Graph's businessPhones
	MobilePhone       string `json:"mobilePhone,omitempty"`
	FaxNumber         string `json:"faxNumber,omitempty"`
	PreferredLanguage string `json:"preferredLanguage,omitempty"`
	UserType          string `json:"userType,omitempty"` // Member (default) or Guest
	Manager           string `json:"manager,omitempty"`  // object id or userPrincipalName

	CreationType            string `json:"creationType,omitempty"`            // Invitation, LocalAccount, EmailVerified, … (Graph); empty: a work account
	ConsentProvidedForMinor string `json:"consentProvidedForMinor,omitempty"` // Granted, Denied or NotRequired
	PreferredDataLocation   string `json:"preferredDataLocation,omitempty"`

	// Identities says where a guest signs in.
	Identities []Identity `json:"identities,omitempty"`

	// DirectoryRoles are the Entra roles that the user holds, by display name or
	// template id. Graph lists them among memberOf.
	DirectoryRoles []string `json:"directoryRoles,omitempty"`

	OnPremisesSamAccountName     string `json:"onPremisesSamAccountName,omitempty"`
	OnPremisesDomainName         string `json:"onPremisesDomainName,omitempty"`
	OnPremisesNetBiosName        string `json:"onPremisesNetBiosName,omitempty"`
	OnPremisesSecurityIdentifier string `json:"onPremisesSecurityIdentifier,omitempty"`
	OnPremisesImmutableID        string `json:"onPremisesImmutableId,omitempty"`
	OnPremisesUserPrincipalName  string `json:"onPremisesUserPrincipalName,omitempty"`
	OnPremisesSyncEnabled        *bool  `json:"onPremisesSyncEnabled,omitempty"` // nil: never synchronized

	OtherMails          []string                  `json:"otherMails,omitempty"`
	ProxyAddresses      []string                  `json:"proxyAddresses,omitempty"`
	ExtensionAttributes map[string]string         `json:"extensionAttributes,omitempty"` // extensionAttribute1 … 15
	Extensions          map[string]ExtensionValue `json:"extensions,omitempty"`          // directory extensions: extension_<appId>_<name>

	// PerUserMFAState is disabled (default), enabled (a second factor must be
	// registered at the next sign-in) or enforced (it is asked for at every one).
	PerUserMFAState string `json:"perUserMfaState,omitempty" oneOf:"disabled|enabled|enforced"`
	// ForceChangePassword says that the password has expired: the next sign-in
	// asks for a new one. Graph has it within passwordProfile.
	ForceChangePassword bool `json:"forceChangePasswordNextSignIn,omitempty"`

	AccountEnabled *bool  `json:"accountEnabled,omitempty"` // nil means enabled
	Password       string `json:"-"`                        // default DefaultPassword

	// LastPasswordChange is set when the user is created, unless it is given, and
	// whenever the password changes.
	LastPasswordChange time.Time `json:"lastPasswordChangeDateTime,omitzero"`

	Created time.Time `json:"createdDateTime,omitzero"`
	Deleted time.Time `json:"deletedDateTime,omitzero"` // zero unless in the recycle bin
}

// The states of per-user multifactor authentication (Microsoft Graph,
// strongAuthenticationRequirements, perUserMfaState).
const (
	MFADisabled = "disabled"
	MFAEnabled  = "enabled"
	MFAEnforced = "enforced"
)

// Enabled reports whether the account may sign in.
func (u User) Enabled() bool { return u.AccountEnabled == nil || *u.AccountEnabled }

// IsDeleted reports whether the user is in the recycle bin.
func (u User) IsDeleted() bool { return !u.Deleted.IsZero() }

func (u User) clone() User {
	if u.AccountEnabled != nil {
		u.AccountEnabled = new(*u.AccountEnabled)
	}
	if u.OnPremisesSyncEnabled != nil {
		u.OnPremisesSyncEnabled = new(*u.OnPremisesSyncEnabled)
	}
	u.Identities = slices.Clone(u.Identities)
	u.DirectoryRoles = slices.Clone(u.DirectoryRoles)
	u.OtherMails = slices.Clone(u.OtherMails)
	u.ProxyAddresses = slices.Clone(u.ProxyAddresses)
	u.ExtensionAttributes = maps.Clone(u.ExtensionAttributes)
	u.Extensions = maps.Clone(u.Extensions)
	for name, value := range u.Extensions {
		u.Extensions[name] = slices.Clone(value)
	}
	return u
}

// CreateUser adds a user and returns it as stored.
func (d *Directory) CreateUser(u User) (User, error) {
	d.lock()
	defer d.mu.Unlock()
	u = u.clone()
	if err := d.checkName(u.UserPrincipalName, ""); err != nil {
		return User{}, err
	}
	if u.ID == "" {
		u.ID = d.ids.UUID()
	}
	if err := d.idTaken(u.ID); err != nil {
		return User{}, err
	}
	if u.DisplayName == "" {
		u.DisplayName = strings.TrimSpace(u.GivenName + " " + u.Surname)
	}
	if u.MailNickname == "" {
		u.MailNickname, _, _ = strings.Cut(u.UserPrincipalName, "@")
	}
	u.fill()
	if err := d.activateRoles(u.DirectoryRoles); err != nil {
		return User{}, err
	}
	u.Created = d.clock.Now()
	u.Deleted = time.Time{}
	if u.LastPasswordChange.IsZero() {
		u.LastPasswordChange = u.Created
	}
	d.users[u.ID] = &u
	d.byName[strings.ToLower(u.UserPrincipalName)] = u.ID
	d.changed(KindUser, u.ID)
	return u.clone(), nil
}

// fill gives a value to what no user is without.
func (u *User) fill() {
	u.UserType = cmp.Or(u.UserType, "Member")
	u.Password = cmp.Or(u.Password, DefaultPassword)
}

func (d *Directory) checkName(name, self string) error {
	local, domain, found := strings.Cut(name, "@")
	if !found || local == "" || domain == "" {
		return badRequest("Property userPrincipalName is invalid.", "a name of the form user@"+d.domain, name, "userPrincipalName")
	}
	if other, taken := d.byName[strings.ToLower(name)]; taken && other != self {
		// Graph's text for a duplicate, POST /users.
		return badRequest("Another object with the same value for property userPrincipalName already exists.", "a userPrincipalName that is not in use", name, "userPrincipalName")
	}
	return nil
}

// User finds a user by object id or, among those not deleted, by
// userPrincipalName in any case.
func (d *Directory) User(ref string) (User, bool) {
	d.rlock()
	defer d.mu.RUnlock()
	u := d.findUser(ref)
	if u == nil {
		return User{}, false
	}
	return u.clone(), true
}

func (d *Directory) findUser(ref string) *User {
	if u, ok := d.users[ref]; ok {
		return u
	}
	return d.users[d.byName[strings.ToLower(ref)]]
}

// liveUser finds a user who is not deleted, or says that there is none.
func (d *Directory) liveUser(ref string) (*User, error) {
	if u := d.findUser(ref); u != nil && !u.IsDeleted() {
		return u, nil
	}
	return nil, notFound(KindUser, ref, d.liveNames())
}

func (d *Directory) liveNames() []string {
	names := make([]string, 0, len(d.byName))
	for _, id := range d.byName {
		names = append(names, d.users[id].UserPrincipalName)
	}
	return names
}

// Users returns the users that are not deleted, by userPrincipalName.
func (d *Directory) Users() []User {
	return d.selectUsers(func(u *User) bool { return !u.IsDeleted() })
}

// DeletedUsers returns the users in the recycle bin, by userPrincipalName.
func (d *Directory) DeletedUsers() []User { return d.selectUsers((*User).IsDeleted) }

func (d *Directory) selectUsers(keep func(*User) bool) []User {
	d.rlock()
	defer d.mu.RUnlock()
	var out []User
	for _, u := range d.users {
		if keep(u) {
			out = append(out, u.clone())
		}
	}
	slices.SortFunc(out, func(a, b User) int {
		if order := strings.Compare(a.UserPrincipalName, b.UserPrincipalName); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// UpdateUser lets change edit the user and stores the result. The object id
// and the dates of creation and deletion cannot be changed. The directory is locked while change runs.
func (d *Directory) UpdateUser(ref string, change func(*User)) (User, error) {
	d.lock()
	defer d.mu.Unlock()
	u, err := d.liveUser(ref)
	if err != nil {
		return User{}, err
	}
	next := u.clone()
	change(&next)
	next = next.clone() // it may hold what belongs to the caller
	next.fill()
	next.ID, next.Created, next.Deleted = u.ID, u.Created, u.Deleted
	if err := d.checkName(next.UserPrincipalName, u.ID); err != nil {
		return User{}, err
	}
	if err := d.activateRoles(next.DirectoryRoles); err != nil {
		return User{}, err
	}
	if next.Password != u.Password && next.LastPasswordChange.Equal(u.LastPasswordChange) {
		next.LastPasswordChange = d.clock.Now()
	}
	delete(d.byName, strings.ToLower(u.UserPrincipalName))
	d.byName[strings.ToLower(next.UserPrincipalName)] = next.ID
	d.users[next.ID] = &next
	d.changed(KindUser, next.ID)
	return next.clone(), nil
}

// SetEnabled enables or disables an account.
func (d *Directory) SetEnabled(ref string, enabled bool) (User, error) {
	return d.UpdateUser(ref, func(u *User) { u.AccountEnabled = &enabled })
}
