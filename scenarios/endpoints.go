package scenarios

// entraEndpoints are the addresses that the portal shows under Endpoints and in
// the application's single sign-on page. The metadata here is the tenant's: its
// certificates are not those of an application.
func entraEndpoints(r *running) (any, error) {
	t := r.h.Entra
	return map[string]any{
		"url": t.BaseURL(), "tenantId": t.ID(), "issuer": t.Issuer(), "loginURL": t.LoginURL(), "metadataURL": t.MetadataURL(""), "myAppsURL": t.MyAppsURL(),
	}, nil
}

// awsEndpoints are the addresses that the console shows under Settings.
func awsEndpoints(r *running) (any, error) {
	i := r.h.IdentityCenter
	return map[string]any{
		"url": i.BaseURL(), "region": i.Region(), "identityStoreId": i.IdentityStoreID(), "instanceArn": i.ARN(), "portalURL": i.PortalURL(),
		"entityID": i.EntityID(), "acsURLs": i.ACSURLs(), "metadataURL": i.MetadataURL(), "scimURL": i.SCIMURL(), "signInURL": i.SignInURL(),
	}, nil
}
