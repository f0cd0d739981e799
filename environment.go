package harness

// Variable is an environment variable that tells programs of a harness.
type Variable struct{ Name, Value string }

// Environment lists what programs need to know, in the order of the
// documentation. HARNESS_CA_FILE is empty until [Harness.WriteCAFile]. Tokens are left empty: HARNESS_SCIM_TOKEN is shown once, by
// [Harness.EnableProvisioning], and HARNESS_CONTROL_TOKEN by
// [Harness.ControlToken].
func (h *Harness) Environment() []Variable {
	entra, aws := h.Entra, h.IdentityCenter
	appID, metadataURL := "", entra.MetadataURL("")
	if app := entra.App(); app != nil {
		appID, metadataURL = app.AppID(), app.MetadataURL()
	}
	return []Variable{
		{"HARNESS_ENTRA_URL", entra.BaseURL()},
		{"HARNESS_ENTRA_TENANT_ID", entra.ID()},
		{"HARNESS_ENTRA_APP_ID", appID},
		{"HARNESS_ENTRA_ISSUER", entra.Issuer()},
		{"HARNESS_ENTRA_LOGIN_URL", entra.LoginURL()},
		{"HARNESS_ENTRA_METADATA_URL", metadataURL},
		{"HARNESS_AWS_URL", aws.BaseURL()},
		{"HARNESS_AWS_REGION", aws.Region()},
		{"HARNESS_AWS_PORTAL_URL", aws.PortalURL()},
		{"HARNESS_AWS_ACS_URL", aws.ACSURL()},
		{"HARNESS_AWS_ENTITY_ID", aws.EntityID()},
		{"HARNESS_AWS_SP_METADATA_URL", aws.MetadataURL()},
		{"HARNESS_AWS_IDENTITY_STORE_ID", aws.IdentityStoreID()},
		{"HARNESS_AWS_INSTANCE_ARN", aws.ARN()},
		{"HARNESS_SCIM_URL", aws.SCIMURL()},
		{"HARNESS_SCIM_TOKEN", ""},
		{"HARNESS_CONTROL_URL", h.ControlURL()},
		{"HARNESS_CONTROL_TOKEN", ""},
		{"HARNESS_CA_FILE", h.caFileName()},
		{"AWS_ENDPOINT_URL_SSO", aws.BaseURL()},
		{"AWS_ENDPOINT_URL_SSO_OIDC", aws.BaseURL()},
		{"AWS_ENDPOINT_URL_IDENTITYSTORE", aws.BaseURL()},
		{"AWS_ENDPOINT_URL_SSO_ADMIN", aws.BaseURL()},
		{"AWS_ENDPOINT_URL_STS", aws.BaseURL()},
	}
}
