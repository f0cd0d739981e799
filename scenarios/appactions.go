package scenarios

import (
	"context"
	"errors"
	"reflect"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/strictyaml"
)

// entraCreateApp adds an application, with the keys of app.
type entraCreateApp struct{ appConfig }

// UnmarshalNode reads the application, which is the whole argument.
func (a *entraCreateApp) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return a.appConfig.UnmarshalNode(n)
}

func (a *entraCreateApp) declare(n *names) { a.appConfig.declare(n) }

func (a *entraCreateApp) run(_ context.Context, r *running) (outcome, error) {
	app, err := createApp(r.h, a.appConfig)
	if err != nil {
		return outcome{}, err
	}
	return did(app.Config(), nil, "Entra: application %s created", app.Name())
}

// entraUploadMetadata uploads a service provider's metadata to an application.
type entraUploadMetadata struct {
	App  appRef  `yaml:"app" doc:"Name of the application. Default: the first."`
	Text *string `yaml:"text" doc:"Metadata of a service provider, XML. Default: that of Identity Center or, for aws-single-account, of AWS's sign-in."`
}

func (a *entraUploadMetadata) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	data := r.h.IdentityCenter.Metadata()
	if app.Config().Template == idp.TemplateAWSSingleAccount {
		data = r.h.IdentityCenter.SignInMetadata()
	}
	if a.Text != nil {
		data = []byte(*a.Text)
	}
	err = app.UploadMetadata(data)
	return did(app.Config(), err, "Entra: SP metadata uploaded to %s", app.Name())
}

// updateApp changes an application's configuration: the keys that are named,
// each as a whole.
type updateApp struct {
	App appRef           `yaml:"app" doc:"Name of the application. Default: the first."`
	Set *strictyaml.Node `yaml:"set" required:"true" doc:"Settings to change, with the keys of app."`
}

func (a *updateApp) check(*strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(a.Set, &idp.ApplicationConfig{})
}

func (a *updateApp) declare(n *names) {
	old := a.App.Name
	if old == "" && len(n.things[apps]) > 0 {
		old = n.things[apps][0].names[0]
	}
	n.rename(apps, old, a.Set, a.Set.Get("name"))
}

func (a *updateApp) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	var errs strictyaml.Errors
	err = app.Configure(func(c *idp.ApplicationConfig) { errs = replaceKeys(a.Set, c) })
	return did(app.Config(), errors.Join(errs.Err(), err), "Entra: application %s changed: %s", app.Name(), keys(a.Set))
}

// replaceKeys gives the struct that into points to the values of the keys in n.
// Decode alone would mix what is below a key with what was there before.
func replaceKeys[T any](n *strictyaml.Node, into *T) strictyaml.Errors {
	var given T
	errs := strictyaml.Decode(n, &given)
	for _, f := range strictyaml.Fields(reflect.TypeFor[T]()) {
		if n.Get(f.Name) != nil {
			reflect.ValueOf(into).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(given).FieldByIndex(f.Index))
		}
	}
	return errs
}

type setClaims struct {
	App    appRef         `yaml:"app" doc:"Name of the application. Default: the first."`
	Claims []claims.Claim `yaml:"claims" required:"true"`
}

// UnmarshalNode takes a list of claims or a map.
func (a *setClaims) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.Kind() == strictyaml.List {
		return strictyaml.Decode(n, &a.Claims)
	}
	type plain setClaims
	return strictyaml.Decode(n, (*plain)(a))
}

func (a *setClaims) check(n *strictyaml.Node) strictyaml.Errors {
	// Whether the application will have a custom signing key shows when it runs.
	if err := (claims.Configuration{Claims: a.Claims, CustomSigningKey: true}).Validate(); err != nil {
		return strictyaml.Errors{n.Errorf("%v", err)}
	}
	return nil
}

func (a *setClaims) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	return did(a.Claims, app.SetClaims(a.Claims), "Entra: %d claims configured", len(a.Claims))
}

type setNameID struct {
	App appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	claims.NameID
}

func (a *setNameID) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	return did(a.NameID, app.SetNameID(a.NameID), "Entra: Unique User Identifier configured")
}

type setSigning struct {
	App appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	idp.Signing
}

func (a *setSigning) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	if err := app.SetSigning(a.Signing); err != nil {
		return outcome{}, err
	}
	s := app.Signing()
	return did(s, nil, "Entra: signing option %s, %s", s.Option, s.Algorithm)
}

type setVerification struct {
	App appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	idp.Verification
}

func (a *setVerification) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	return did(a.Verification, app.SetVerification(a.Verification), "Entra: signed requests required=%v, %d certificates", a.Required, len(a.Certificates))
}

type addCertificate struct {
	App appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	idp.CertificateConfig
}

func (a *addCertificate) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	c, err := app.AddCertificate(a.CertificateConfig)
	return did(c, err, "Entra: certificate %s added, inactive", c.Thumbprint)
}

// uploadCertificate adds a custom signing key.
type uploadCertificate struct {
	App     appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	KeyPair string `yaml:"keyPair" required:"true" doc:"Certificate and RSA key, PEM."`
}

func (a *uploadCertificate) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	c, err := app.UploadCertificate([]byte(a.KeyPair))
	return did(c, err, "Entra: certificate %s uploaded, inactive", c.Thumbprint)
}

// deleteCertificate removes an inactive certificate.
type deleteCertificate struct{ activateCertificate }

func (a *deleteCertificate) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	err = app.DeleteCertificate(a.Thumbprint)
	return did(app.Certificates(), err, "Entra: certificate %s deleted", a.Thumbprint)
}

type activateCertificate struct {
	App        appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	Thumbprint string `yaml:"thumbprint" required:"true"`
}

// UnmarshalNode takes a thumbprint or a map.
func (a *activateCertificate) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.IsScalar() {
		return strictyaml.Decode(n, &a.Thumbprint)
	}
	type plain activateCertificate
	return strictyaml.Decode(n, (*plain)(a))
}

func (a *activateCertificate) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	c, err := app.ActivateCertificate(a.Thumbprint)
	return did(c, err, "Entra: certificate %s signs from now on", c.Thumbprint)
}

// setTokenEncryption makes Entra encrypt assertions, or stop it.
type setTokenEncryption struct {
	App         appRef  `yaml:"app" doc:"Name of the application. Default: the first."`
	Certificate *string `yaml:"certificate" doc:"The service provider's certificate, PEM; null switches encryption off."`
}

func (a *setTokenEncryption) check(n *strictyaml.Node) strictyaml.Errors {
	if n.Get("certificate") == nil {
		return strictyaml.Errors{n.Errorf("certificate is missing: a certificate, PEM, or null")}
	}
	return nil
}

func (a *setTokenEncryption) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	text := ""
	if a.Certificate != nil {
		text = *a.Certificate
	}
	err = app.Configure(func(c *idp.ApplicationConfig) { c.TokenEncryption = text })
	return did(app.Config(), err, "Entra: token encryption %v", text != "")
}
