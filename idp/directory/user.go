package directory

import (
	"fmt"
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

	OnPremisesSamAccountName     string            `json:"onPremisesSamAccountName,omitempty"`
	OnPremisesDomainName         string            `json:"onPremisesDomainName,omitempty"`
	OnPremisesNetBiosName        string            `json:"onPremisesNetBiosName,omitempty"`
	OnPremisesSecurityIdentifier string            `json:"onPremisesSecurityIdentifier,omitempty"`
	OnPremisesImmutableID        string            `json:"onPremisesImmutableId,omitempty"`
	OtherMails                   []string          `json:"otherMails,omitempty"`
	ProxyAddresses               []string          `json:"proxyAddresses,omitempty"`
	ExtensionAttributes          map[string]string `json:"extensionAttributes,omitempty"` // extensionAttribute1 … 15
	Extensions                   map[string]string `json:"extensions,omitempty"`          // directory extensions: extension_<appId>_<name>

	AccountEnabled *bool  `json:"accountEnabled,omitempty"` // nil means enabled
	Password       string `json:"-"`                        // default DefaultPassword

	Created time.Time `json:"createdDateTime,omitzero"`
	Deleted time.Time `json:"deletedDateTime,omitzero"` // zero unless in the recycle bin
}

// Enabled reports whether the account may sign in.
func (u User) Enabled() bool { return u.AccountEnabled == nil || *u.AccountEnabled }

// IsDeleted reports whether the user is in the recycle bin.
func (u User) IsDeleted() bool { return !u.Deleted.IsZero() }

func (u User) clone() User {
	if u.AccountEnabled != nil {
		enabled := *u.AccountEnabled
		u.AccountEnabled = &enabled
	}
	u.OtherMails = slices.Clone(u.OtherMails)
	u.ProxyAddresses = slices.Clone(u.ProxyAddresses)
	u.ExtensionAttributes = maps.Clone(u.ExtensionAttributes)
	u.Extensions = maps.Clone(u.Extensions)
	return u
}

// CreateUser adds a user and returns it as stored.
func (d *Directory) CreateUser(u User) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u = u.clone()
	if err := d.checkName(u.UserPrincipalName, ""); err != nil {
		return User{}, err
	}
	if u.ID == "" {
		u.ID = d.ids.UUID()
	}
	if _, taken := d.users[u.ID]; taken {
		return User{}, badRequest("Another object with the same value for property id already exists.", "an object id that is not in use", u.ID, "id")
	}
	if u.DisplayName == "" {
		u.DisplayName = strings.TrimSpace(u.GivenName + " " + u.Surname)
	}
	if u.MailNickname == "" {
		u.MailNickname, _, _ = strings.Cut(u.UserPrincipalName, "@")
	}
	if u.UserType == "" {
		u.UserType = "Member"
	}
	if u.Password == "" {
		u.Password = DefaultPassword
	}
	u.Created = d.clock.Now()
	u.Deleted = time.Time{}
	d.users[u.ID] = &u
	d.byName[strings.ToLower(u.UserPrincipalName)] = u.ID
	d.changed(KindUser, u.ID)
	return u.clone(), nil
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
	d.mu.RLock()
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
	var known []string
	for _, u := range d.users {
		if !u.IsDeleted() {
			known = append(known, u.UserPrincipalName)
		}
	}
	return nil, notFound(KindUser, ref, known)
}

// Users returns the users that are not deleted, by userPrincipalName.
func (d *Directory) Users() []User {
	return d.selectUsers(func(u *User) bool { return !u.IsDeleted() })
}

// DeletedUsers returns the users in the recycle bin, by userPrincipalName.
func (d *Directory) DeletedUsers() []User { return d.selectUsers((*User).IsDeleted) }

func (d *Directory) selectUsers(keep func(*User) bool) []User {
	d.mu.RLock()
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
// and the dates cannot be changed.
func (d *Directory) UpdateUser(ref string, change func(*User)) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := d.liveUser(ref)
	if err != nil {
		return User{}, err
	}
	next := u.clone()
	change(&next)
	next.ID, next.Created, next.Deleted = u.ID, u.Created, u.Deleted
	if err := d.checkName(next.UserPrincipalName, u.ID); err != nil {
		return User{}, err
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

// DeleteUser moves a user to the recycle bin, from where RestoreUser brings it
// back with its group memberships until Retention has passed.
func (d *Directory) DeleteUser(ref string) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := d.liveUser(ref)
	if err != nil {
		return User{}, err
	}
	u.Deleted = d.clock.Now()
	delete(d.byName, strings.ToLower(u.UserPrincipalName))
	d.changed(KindUser, u.ID)
	for _, group := range d.groupsOf(u.ID) {
		d.changed(KindGroup, group)
	}
	return u.clone(), nil
}

// RestoreUser brings a user back from the recycle bin, by object id or by the
// userPrincipalName that it had.
func (d *Directory) RestoreUser(ref string) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := d.deletedUser(ref)
	if err != nil {
		return User{}, err
	}
	if err := d.checkName(u.UserPrincipalName, u.ID); err != nil {
		return User{}, fmt.Errorf("restore user %s: %w", ref, err)
	}
	u.Deleted = time.Time{}
	d.byName[strings.ToLower(u.UserPrincipalName)] = u.ID
	d.changed(KindUser, u.ID)
	for _, group := range d.groupsOf(u.ID) {
		d.changed(KindGroup, group)
	}
	return u.clone(), nil
}

// PurgeUser removes a deleted user for good.
func (d *Directory) PurgeUser(ref string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := d.deletedUser(ref)
	if err != nil {
		return err
	}
	d.purge(u)
	return nil
}

// PurgeExpired removes the users whose time in the recycle bin is over and
// returns them.
func (d *Directory) PurgeExpired() []User {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	var purged []User
	for _, u := range d.users {
		if u.IsDeleted() && !now.Before(u.Deleted.Add(Retention)) {
			purged = append(purged, u.clone())
			d.purge(u)
		}
	}
	return purged
}

func (d *Directory) purge(u *User) {
	for _, group := range slices.Clone(d.groupsOf(u.ID)) {
		d.unlink(group, u.ID)
	}
	delete(d.users, u.ID)
	d.changed(KindUser, u.ID)
}

func (d *Directory) deletedUser(ref string) (*User, error) {
	if u, ok := d.users[ref]; ok && u.IsDeleted() {
		return u, nil
	}
	var found *User
	var known []string
	for _, u := range d.users {
		if !u.IsDeleted() {
			continue
		}
		known = append(known, u.UserPrincipalName)
		if strings.EqualFold(u.UserPrincipalName, ref) && (found == nil || u.Deleted.After(found.Deleted)) {
			found = u
		}
	}
	if found == nil {
		return nil, notFound(KindUser, ref, known)
	}
	return found, nil
}
