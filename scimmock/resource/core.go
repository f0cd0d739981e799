package resource

// URNs of the schemas (RFC 7643 section 8.7).
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

func text(name, description string) Attribute {
	return Attribute{Name: name, Type: String, Description: description, Mutability: ReadWrite, Returned: "default", Uniqueness: "none"}
}

func list(name, description string, subs ...Attribute) Attribute {
	a := text(name, description)
	a.Type, a.MultiValued, a.SubAttributes = Complex, true, subs
	return a
}

func (a Attribute) unique() Attribute { a.Uniqueness = "server"; return a }

func (a Attribute) ofType(kind string) Attribute {
	a.Type = kind
	a.CaseExact = kind == Reference || kind == Binary
	return a
}

func (a Attribute) mutable(how string) Attribute { a.Mutability = how; return a }

func primary() Attribute {
	return text("primary", "Whether this value is the preferred one.").ofType(Boolean)
}

func kind(values ...string) Attribute {
	a := text("type", "A label for the value's use.")
	a.CanonicalValues = values
	return a
}

func display() Attribute { return text("display", "A name of the value for people.") }

// User is the resource type of users (RFC 7643 sections 4.1 and 4.3). That
// values are unique which the RFC leaves free is the store's rule.
func User() *Type {
	value := func(description string) Attribute { return text("value", description) }
	userName := text("userName", "The name by which the user signs in.").unique()
	userName.Required = true
	name := text("name", "The parts of the user's name.")
	name.Type, name.SubAttributes = Complex, []Attribute{
		text("formatted", "The full name."), text("familyName", "The family name."), text("givenName", "The given name."), text("middleName", "The middle names."),
		text("honorificPrefix", "Titles before the name."), text("honorificSuffix", "Suffixes after the name."),
	}
	profile := text("profileUrl", "The address of the user's page.").ofType(Reference)
	profile.ReferenceTypes = []string{"external"}
	photo := value("The address of a picture.").ofType(Reference)
	photo.ReferenceTypes = []string{"external"}
	password := text("password", "The user's password in clear text, to set it.").mutable(WriteOnly)
	password.CaseExact, password.Returned = true, "never"
	groupRef := text("$ref", "The address of the group.").ofType(Reference).mutable(ReadOnly)
	groupRef.ReferenceTypes = []string{"Group"}
	groupID := value("The id of the group.").mutable(ReadOnly)
	groupID.CaseExact = true
	groupKind := kind("direct").mutable(ReadOnly)
	managerRef := text("$ref", "The address of the manager.").ofType(Reference)
	managerRef.ReferenceTypes = []string{"User"}
	managerID := value("The id of the manager.")
	managerID.CaseExact = true
	manager := text("manager", "The user's manager.")
	manager.Type, manager.SubAttributes = Complex, []Attribute{managerID, managerRef, text("displayName", "The manager's name.").mutable(ReadOnly)}

	return &Type{Name: "User", Endpoint: "/Users", Schema: Schema{ID: userURN, Name: "User", Description: "User Account", Attributes: []Attribute{
		userName, name, text("displayName", "The name shown to people."), text("nickName", "The casual name."), profile,
		text("title", "The title, such as Engineer."), text("userType", "The relation to the organization."), text("preferredLanguage", "The preferred languages."),
		text("locale", "The locale for dates, numbers and the like."), text("timezone", "The time zone by its IANA name."),
		text("active", "Whether the user may sign in.").ofType(Boolean), password,
		list("emails", "E-mail addresses.", value("An e-mail address.").unique(), display(), kind("work", "home", "other"), primary()),
		list("phoneNumbers", "Telephone numbers.", value("A telephone number."), display(), kind("work", "home", "mobile", "fax", "pager", "other"), primary()),
		list("ims", "Instant messaging addresses.", value("An address."), display(), kind("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"), primary()),
		list("photos", "Pictures.", photo, display(), kind("photo", "thumbnail"), primary()),
		list("addresses", "Postal addresses.", text("formatted", "The address as on a letter."), text("streetAddress", "Street and house number."), text("locality", "The town."),
			text("region", "The state or region."), text("postalCode", "The postal code."), text("country", "The country."), kind("work", "home", "other"), primary()),
		list("groups", "The groups of which the user is a member.", groupID, groupRef, display().mutable(ReadOnly), groupKind).mutable(ReadOnly),
		list("entitlements", "Things that the user may have.", value("An entitlement."), display(), kind(), primary()),
		list("roles", "Roles.", value("A role."), display(), kind(), primary()),
		list("x509Certificates", "Certificates.", value("A certificate, DER in base64.").ofType(Binary), display(), kind(), primary()),
	}}, Extensions: []Schema{{ID: enterpriseURN, Name: "EnterpriseUser", Description: "Enterprise User", Attributes: []Attribute{
		text("employeeNumber", "The number of the employee."), text("costCenter", "The cost center."), text("organization", "The organization."),
		text("division", "The division."), text("department", "The department."), manager,
	}}}}
}

// Group is the resource type of groups (RFC 7643 section 4.2).
func Group() *Type {
	name := text("displayName", "The name shown to people.").unique()
	name.Required = true
	id := text("value", "The id of the member.").mutable(Immutable)
	id.CaseExact = true
	ref := text("$ref", "The address of the member.").ofType(Reference).mutable(Immutable)
	ref.ReferenceTypes = []string{"User"}
	return &Type{Name: "Group", Endpoint: "/Groups", Schema: Schema{ID: groupURN, Name: "Group", Description: "Group", Attributes: []Attribute{
		name, list("members", "The members.", id, ref, kind("User").mutable(Immutable), display().mutable(ReadOnly)),
	}}}
}
