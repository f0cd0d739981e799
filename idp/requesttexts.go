package idp

// What Entra says about an AuthnRequest beyond the texts in aadsts.go. Where
// they were read: learn.microsoft.com, "Error AADSTS76021
// (ApplicationRequiresSignedRequests) with SAML authentication"; reports of
// people who met them: OpenSlides/OpenSlides issue 6995 (no certificate, where
// the code is not quoted), a test program of another tenant (76023), SAP note
// 3614707 (76028), Dynatrace's page on SAML (76026), centreon/centreon issue
// 5166 (900235), rstudio/rstudio-docker-products issue 357 (750032).
const (
	text76021  = "The request sent by client is not signed while the application requires signed requests"
	text76022  = "Cannot verify the signature of received authentication request since there is no certificate for verification configured in the application."
	text76023  = "The signature of the received authentication request is invalid, please contact the administrator to resolve the issue."
	text76026  = "The request has expired. Try to submit new request."
	text76028  = "Signature algorithm used to sign data is not supported."
	text900235 = "SAML authentication request's RequestedAuthenticationContext Comparison value must be 'exact'. Received value: '%s'."
	text750032 = "SAML protocol response cannot be sent via bindings other than HTTP POST. Requested binding: %s"
)
