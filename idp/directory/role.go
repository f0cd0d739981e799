package directory

import (
	"slices"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// Role is a directory role: an Entra role, such as Global Administrator. As in
// Graph, the object id is the tenant's own, the template id everybody's.
type Role struct {
	ID          string `json:"id,omitempty"`
	TemplateID  string `json:"roleTemplateId"`
	DisplayName string `json:"displayName,omitempty"`
}

// GlobalAdministrator is the template id of the role that may do anything.
const GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// roleTemplates are built-in roles that are known by name (learn.microsoft.com,
// "Microsoft Entra built-in roles"); the others go by their template id.
var roleTemplates = [...]Role{
	{DisplayName: "Application Administrator", TemplateID: "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"},
	{DisplayName: "Application Developer", TemplateID: "cf1c38e5-3621-4004-a7cb-879624dced7c"},
	{DisplayName: "Authentication Administrator", TemplateID: "c4e39bd9-1100-46d3-8c65-fb160da0071f"},
	{DisplayName: "Authentication Policy Administrator", TemplateID: "0526716b-113d-4c15-b2c8-68e3c22b9f80"},
	{DisplayName: "Billing Administrator", TemplateID: "b0f54661-2d74-4c50-afa3-1ec803f12efe"},
	{DisplayName: "Cloud Application Administrator", TemplateID: "158c047a-c907-4556-b7ef-446551a6b5f7"},
	{DisplayName: "Cloud Device Administrator", TemplateID: "7698a772-787b-4ac8-901f-60d6b08affd2"},
	{DisplayName: "Compliance Administrator", TemplateID: "17315797-102d-40b4-93e0-432062caca18"},
	{DisplayName: "Conditional Access Administrator", TemplateID: "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"},
	{DisplayName: "Directory Readers", TemplateID: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"},
	{DisplayName: "Directory Synchronization Accounts", TemplateID: "d29b2b05-8046-44ba-8758-1e26182fcf32"},
	{DisplayName: "Directory Writers", TemplateID: "9360feb5-f418-4baa-8175-e2a00bac4301"},
	{DisplayName: "Domain Name Administrator", TemplateID: "8329153b-31d0-4727-b945-745eb3bc5f31"},
	{DisplayName: "Exchange Administrator", TemplateID: "29232cdf-9323-42fd-ade2-1d097af3e4de"},
	{DisplayName: "External Identity Provider Administrator", TemplateID: "be2f45a1-457d-42af-a067-6ec1fa63bc45"},
	{DisplayName: "Global Administrator", TemplateID: "62e90394-69f5-4237-9190-012177145e10"},
	{DisplayName: "Global Reader", TemplateID: "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
	{DisplayName: "Groups Administrator", TemplateID: "fdd7a751-b60b-444a-984c-02652fe8fa1c"},
	{DisplayName: "Guest Inviter", TemplateID: "95e79109-95c0-4d8e-aee3-d01accf2d47b"},
	{DisplayName: "Helpdesk Administrator", TemplateID: "729827e3-9c14-49f7-bb1b-9608f156bbb8"},
	{DisplayName: "Hybrid Identity Administrator", TemplateID: "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"},
	{DisplayName: "Identity Governance Administrator", TemplateID: "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"},
	{DisplayName: "Intune Administrator", TemplateID: "3a2c62db-5318-420d-8d74-23affee5d9d5"},
	{DisplayName: "Password Administrator", TemplateID: "966707d0-3269-4727-9be2-8c3a10f19b9d"},
	{DisplayName: "Privileged Authentication Administrator", TemplateID: "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"},
	{DisplayName: "Privileged Role Administrator", TemplateID: "e8611ab8-c189-46e8-94e1-60213ab1f814"},
	{DisplayName: "Reports Reader", TemplateID: "4a5d8f65-41da-4de4-8968-e035b65339cf"},
	{DisplayName: "Security Administrator", TemplateID: "194ae4cb-b126-40b2-bd5b-6091b380977d"},
	{DisplayName: "Security Operator", TemplateID: "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"},
	{DisplayName: "Security Reader", TemplateID: "5d6b6bb7-de71-4623-b4af-96380a352509"},
	{DisplayName: "Service Support Administrator", TemplateID: "f023fd81-a637-4b56-95fd-791ac0226033"},
	{DisplayName: "SharePoint Administrator", TemplateID: "f28a1f50-f6e7-4571-818b-6a12f2af6b6c"},
	{DisplayName: "Teams Administrator", TemplateID: "69091246-20e8-4a56-aa4d-066075b2a7a8"},
	{DisplayName: "User Administrator", TemplateID: "fe930be7-5e62-47db-91af-98c3a49a38b1"},
}

// roleTemplate finds a role by display name or template id, in any case.
func roleTemplate(ref string) (Role, bool) {
	for _, r := range roleTemplates {
		if strings.EqualFold(r.DisplayName, ref) || strings.EqualFold(r.TemplateID, ref) {
			return r, true
		}
	}
	if isGUID(ref) {
		return Role{TemplateID: strings.ToLower(ref)}, true
	}
	return Role{}, false
}

// activateRoles makes the objects of roles that nobody has held so far, as Entra
// activates a role on its first assignment. The directory is locked.
func (d *Directory) activateRoles(refs []string) error {
	for _, ref := range refs {
		if _, ok := roleTemplate(ref); !ok {
			return &refusal.Refusal{
				Code: "Request_BadRequest", Message: "Property directoryRoles is invalid.",
				Expected: "the display name or the template id of an Entra role", Got: ref, Where: "directoryRoles", Fix: refusal.Entra,
				Hint: "by name it knows " + roleNames(),
			}
		}
	}
	for _, ref := range refs {
		if r, _ := roleTemplate(ref); d.roles[r.TemplateID] == "" {
			d.roles[r.TemplateID] = d.ids.UUID()
		}
	}
	return nil
}

func roleNames() string {
	names := make([]string, len(roleTemplates))
	for i, r := range roleTemplates {
		names[i] = r.DisplayName
	}
	return strings.Join(names, ", ")
}

// Roles returns the roles that a user holds, each once, in the order in which
// they were given.
func (d *Directory) Roles(userRef string) []Role {
	d.rlock()
	defer d.mu.RUnlock()
	u := d.findUser(userRef)
	if u == nil {
		return nil
	}
	var out []Role
	for _, ref := range u.DirectoryRoles {
		r, _ := roleTemplate(ref)
		r.ID = d.roles[r.TemplateID]
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// HasRole reports whether the user holds the role with the template id.
func (u User) HasRole(template string) bool {
	return slices.ContainsFunc(u.DirectoryRoles, func(ref string) bool {
		r, ok := roleTemplate(ref)
		return ok && strings.EqualFold(r.TemplateID, template)
	})
}
