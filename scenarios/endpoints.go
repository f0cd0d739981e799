package scenarios

// tenantEndpoints are the addresses that the portal shows under Endpoints and in
// the application's single sign-on page. The metadata here is the tenant's: its
// certificates are not those of an application.
type tenantEndpoints struct {
	URL         string `json:"url"`
	TenantID    string `json:"tenantId"`
	Issuer      string `json:"issuer"`
	LoginURL    string `json:"loginURL"`
	MetadataURL string `json:"metadataURL"`
	MyAppsURL   string `json:"myAppsURL"`
}

func entraEndpoints(r *running) (tenantEndpoints, error) {
	t := r.h.Entra
	return tenantEndpoints{t.BaseURL(), t.ID(), t.Issuer(), t.LoginURL(), t.MetadataURL(""), t.MyAppsURL()}, nil
}

// instanceEndpoints are the addresses that the console shows under Settings.
type instanceEndpoints struct {
	URL             string   `json:"url"`
	Region          string   `json:"region"`
	IdentityStoreID string   `json:"identityStoreId"`
	InstanceARN     string   `json:"instanceArn"`
	PortalURL       string   `json:"portalURL"`
	EntityID        string   `json:"entityID"`
	ACSURLs         []string `json:"acsURLs"`
	MetadataURL     string   `json:"metadataURL"`
	SCIMURL         string   `json:"scimURL"`
	SignInURL       string   `json:"signInURL"`
}

func awsEndpoints(r *running) (instanceEndpoints, error) {
	i := r.h.IdentityCenter
	return instanceEndpoints{
		URL: i.BaseURL(), Region: i.Region(), IdentityStoreID: i.IdentityStoreID(), InstanceARN: i.ARN(), PortalURL: i.PortalURL(),
		EntityID: i.EntityID(), ACSURLs: i.ACSURLs(), MetadataURL: i.MetadataURL(), SCIMURL: i.SCIMURL(), SignInURL: i.SignInURL(),
	}, nil
}
