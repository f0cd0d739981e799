package idp

// What Entra says about an AuthnRequest beyond the texts in aadsts.go. Where
// they were read: learn.microsoft.com, "Error AADSTS76021
// (ApplicationRequiresSignedRequests) with SAML authentication"; reports of
// people who met them: OpenSlides/OpenSlides issue 6995 (no certificate, where
// the code is not quoted), a test program of another tenant (76023), SAP note
// 3614707 (76028), Dynatrace's page on SAML (76026), centreon/centreon issue
// 5166 (900235), rstudio/rstudio-docker-products issue 357 (750032),
// MicrosoftDocs/entra-docs pull request 679 (75008); learn.microsoft.com, "Single
// sign-on SAML protocol" (75006, 90011), "Error AADSTS650056 - Misconfigured
// application" and "AADSTS7500514 - A supported type of SAML response was not
// found".
const (
	text76021   = "The request sent by client is not signed while the application requires signed requests"
	text76022   = "Cannot verify the signature of received authentication request since there is no certificate for verification configured in the application."
	text76023   = "The signature of the received authentication request is invalid, please contact the administrator to resolve the issue."
	text76026   = "The request has expired. Try to submit new request."
	text76028   = "Signature algorithm used to sign data is not supported."
	text900235  = "SAML authentication request's RequestedAuthenticationContext Comparison value must be 'exact'. Received value: '%s'."
	text75006   = "An error occurred while processing a SAML2 Authentication request."
	text90011   = "AADSTS90011: The SAML authentication request property 'NameIdentifierPolicy/SPNameQualifier' is not supported."
	text75008   = "Received SAML request with an unexpected destination '%s'. Expected one of '%s'."
	text50194   = "Application '%s'(%s) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant."
	text90100   = "%s parameter is empty or not valid."
	text650056  = "Misconfigured application. This could be due to one of the following: The client has not listed any permissions for 'AAD Graph' in the requested permissions in the client's application registration. Or, The admin has not consented in the tenant. Or, Check the application identifier in the request to ensure it matches the configured client application identifier. Please contact your admin to fix the configuration or consent on behalf of the tenant."
	text7500514 = "A supported type of SAML response was not found. The supported response types are 'Response' (in XML namespace 'urn:oasis:names:tc:SAML:2.0:protocol') or 'Assertion' (in XML namespace 'urn:oasis:names:tc:SAML:2.0:assertion')."
	text750032  = "SAML protocol response cannot be sent via bindings other than HTTP POST. Requested binding: %s"
)
