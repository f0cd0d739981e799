package claims

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// source is one attribute that a claim can be filled from.
type source struct {
	name   string
	values func(Subject) []string
	multi  bool   // "Treat source as multivalued" can be ticked
	all    bool   // emits all values without being asked
	nameID bool   // can be the NameID
	only   bool   // can be nothing else
	format string // the NameID format that goes with it, FormatUnspecified if empty
}

// sources is the catalogue (learn.microsoft.com, "Claims customization using a
// policy", table of valid ID values per source; the NameID column is the union
// of that page and "Customize SAML token claims").
var sources = catalogue()

func catalogue() []source {
	user := func(name string, value func(directory.User) string) source {
		return source{name: "user." + name, values: func(s Subject) []string { return []string{value(s.User)} }}
	}
	list := []source{
		user("surname", func(u directory.User) string { return u.Surname }),
		user("givenname", func(u directory.User) string { return u.GivenName }),
		user("displayname", func(u directory.User) string { return u.DisplayName }),
		user("objectid", func(u directory.User) string { return u.ID }).forNameID(""),
		user("mail", func(u directory.User) string { return u.Mail }).forNameID(FormatEmailAddress),
		source{name: "user.userprincipalname", values: func(s Subject) []string { return []string{s.principalName()} }}.forNameID(FormatEmailAddress),
		user("localuserprincipalname", func(u directory.User) string { return u.UserPrincipalName }).forNameID(FormatEmailAddress),
		user("department", func(u directory.User) string { return u.Department }),
		user("onpremisesuserprincipalname", func(u directory.User) string { return u.OnPremisesUserPrincipalName }),
		user("onpremisessamaccountname", func(u directory.User) string { return u.OnPremisesSamAccountName }).forNameID(""),
		user("netbiosname", func(u directory.User) string { return u.OnPremisesNetBiosName }),
		user("dnsdomainname", func(u directory.User) string { return u.OnPremisesDomainName }),
		user("onpremisesecurityidentifier", func(u directory.User) string { return u.OnPremisesSecurityIdentifier }),
		user("companyname", func(u directory.User) string { return u.CompanyName }),
		user("streetaddress", func(u directory.User) string { return u.StreetAddress }),
		user("postalcode", func(u directory.User) string { return u.PostalCode }),
		user("preferredlanguage", func(u directory.User) string { return u.PreferredLanguage }),
		user("mailnickname", func(u directory.User) string { return u.MailNickname }),
		user("othermail", func(u directory.User) string { return first(u.OtherMails) }).forNameID(""),
		user("country", func(u directory.User) string { return u.Country }),
		user("city", func(u directory.User) string { return u.City }),
		user("state", func(u directory.User) string { return u.State }),
		user("jobtitle", func(u directory.User) string { return u.JobTitle }),
		user("employeeid", func(u directory.User) string { return u.EmployeeID }).forNameID(""),
		user("facsimiletelephonenumber", func(u directory.User) string { return u.FaxNumber }),
		user("accountenabled", func(u directory.User) string { return strconv.FormatBool(u.Enabled()) }),
		user("consentprovidedforminor", func(u directory.User) string { return u.ConsentProvidedForMinor }),
		user("createddatetime", func(u directory.User) string { return timestamp(u.Created) }),
		user("creationtype", func(u directory.User) string { return u.CreationType }),
		user("lastpasswordchangedatetime", func(u directory.User) string { return timestamp(u.LastPasswordChange) }),
		user("mobilephone", func(u directory.User) string { return u.MobilePhone }),
		user("officelocation", func(u directory.User) string { return u.OfficeLocation }),
		user("onpremisesdomainname", func(u directory.User) string { return u.OnPremisesDomainName }),
		user("onpremisesimmutableid", func(u directory.User) string { return u.OnPremisesImmutableID }),
		user("onpremisessyncenabled", func(u directory.User) string { return truth(u.OnPremisesSyncEnabled) }),
		user("preferreddatalocation", func(u directory.User) string { return u.PreferredDataLocation }),
		user("usertype", func(u directory.User) string { return u.UserType }),
		user("telephonenumber", func(u directory.User) string { return u.BusinessPhone }).forNameID(""),
		{name: "user.assignedroles", values: func(s Subject) []string { return s.Roles }, multi: true, all: true},
		{name: "user.proxyaddresses", values: func(s Subject) []string { return s.User.ProxyAddresses }, multi: true},
		{name: sourcePairwiseID, nameID: true, only: true, format: FormatPersistent},
		// Offered to Amazon's gallery applications (tutorial "AWS Single-Account
		// Access").
		{name: "user.sessionduration", values: func(s Subject) []string { return []string{s.SessionDuration} }},
		{name: "company.tenantcountry", values: func(s Subject) []string { return []string{s.Company.TenantCountry} }},
	}
	for i := 1; i <= 15; i++ {
		key := "extensionattribute" + strconv.Itoa(i)
		list = append(list, user(key, func(u directory.User) string { return lookupFold(u.ExtensionAttributes, key) }).forNameID(""))
	}
	// For a sign-in by SAML, the client, the resource and the audience are the
	// same service principal.
	for _, prefix := range []string{"application.", "resource.", "audience."} {
		list = append(list,
			source{name: prefix + "displayname", values: func(s Subject) []string { return []string{s.AppName} }},
			source{name: prefix + "objectid", values: func(s Subject) []string { return []string{s.AppObjectID} }},
			// "Other properties, such as othermails and tags": one value is emitted.
			source{name: prefix + "tags", values: func(s Subject) []string { return []string{first(s.AppTags)} }},
		)
	}
	return list
}

// principalName is what user.userprincipalname stands for: the name itself, but
// for a guest from another Entra tenant the one of that tenant
// (learn.microsoft.com, "B2B collaboration user claims mapping"; until 2024 the
// page said the mail address). Who comes from elsewhere keeps the long name.
func (s Subject) principalName() string {
	if s.fromEntraTenant() {
		return directory.GuestName(s.User.UserPrincipalName)
	}
	return s.User.UserPrincipalName
}

// sourcePairwiseID is computed by NameIDFor, not read from the directory.
const sourcePairwiseID = "user.pairwiseid"

func (s source) forNameID(format string) source {
	s.nameID, s.format = true, format
	return s
}

const nameIDSourcesHint = "take user.mail, user.userprincipalname, user.localuserprincipalname, user.objectid, user.employeeid, user.onpremisessamaccountname, " +
	"user.telephonenumber, user.othermail, an extension attribute or user.pairwiseid"

// Sources returns the names of the sources, without the directory extensions
// user.extension_{appId}_{name}, of which there can be any number.
func Sources() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.name
	}
	return names
}

// findSource finds a source by its name in any case.
func findSource(name string) (source, bool) {
	lower := strings.ToLower(strings.TrimSpace(name))
	if lower == "user.onpremisessecurityidentifier" { // Graph's spelling
		lower = "user.onpremisesecurityidentifier"
	}
	for _, s := range sources {
		if s.name == lower {
			return s, true
		}
	}
	if extension, ok := strings.CutPrefix(lower, "user."); ok && isDirectoryExtension(extension) {
		return source{
			name:   lower,
			values: func(s Subject) []string { return lookupFold(s.User.Extensions, extension) },
			multi:  true, all: true, nameID: true,
		}, true
	}
	return source{}, false
}

// isDirectoryExtension recognizes extension_{appId without dashes}_{name}.
func isDirectoryExtension(name string) bool {
	rest, ok := strings.CutPrefix(name, "extension_")
	app, property, found := strings.Cut(rest, "_")
	return ok && found && app != "" && property != ""
}

// checkSource reports a source that cannot be used: for a NameID if nameID is
// set, where quoted constants are allowed as well if constants is set.
func (m *Mistakes) checkSource(path, name string, nameID, constants bool) {
	s, ok := findSource(name)
	switch {
	case ok && s.only && !nameID:
		m.add(path, fmt.Sprintf("%s can only be the source of the NameID", s.name), "")
	case ok && nameID && !s.nameID:
		m.add(path, fmt.Sprintf("Entra does not offer %s as the source of the NameID", s.name), nameIDSourcesHint)
	case ok, constants && isConstant(name):
	case isConstant(name):
		m.add(path, fmt.Sprintf("%s is a constant, not an attribute", name), "write it without quotes as value")
	default:
		if strings.EqualFold(name, "user.groups") {
			m.add(path, "groups are not a source of claims", "configure them in groupClaims")
			return
		}
		hint := didYouMean(name, Sources())
		if !strings.Contains(name, ".") {
			hint = didYouMean("user."+name, Sources())
		}
		if hint == "" && constants {
			hint = fmt.Sprintf(`a constant is written in double quotes: "%s"`, strings.Trim(name, `"`))
		}
		m.add(path, fmt.Sprintf("unknown source %q", name), hint)
	}
}

// isConstant recognizes an input of the form "text", quotes included.
func isConstant(input string) bool {
	return len(input) >= 2 && input[0] == '"' && input[len(input)-1] == '"'
}

// values returns the values of an attribute, or of a quoted constant, without
// empty ones.
func (s Subject) values(input string) []string {
	if isConstant(input) {
		return notEmpty([]string{input[1 : len(input)-1]})
	}
	found, ok := findSource(input)
	if !ok || found.values == nil {
		return nil
	}
	return notEmpty(found.values(s))
}

func notEmpty(values []string) []string {
	var out []string
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// lookupFold finds a property whose name differs from the lower-case key in case
// at most.
func lookupFold[T any](properties map[string]T, key string) T {
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if strings.ToLower(name) == key {
			return properties[name]
		}
	}
	var none T
	return none
}

func truth(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
