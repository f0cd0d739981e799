package harness

import (
	"context"
	"encoding/json"

	"github.com/idharness/harness/control"
	"github.com/idharness/harness/idp"
)

// startControl makes the control API of what was started before.
func (h *Harness) startControl(cfg Config) error {
	h.controlToken = cfg.ControlToken
	h.recorder.Secret(cfg.ControlToken)
	api, err := control.New(control.Config{
		Entra: h.Entra, IdentityCenter: h.IdentityCenter, SCIM: h.SCIM, Clock: h.Clock, Trace: h.recorder, Ready: h.ready, Token: cfg.ControlToken,
		Actions: control.Actions{
			SignIn:           h.signInHeadless,
			Provision:        h.ProvisionApp,
			ExchangeMetadata: h.exchangeForControl,
			ConnectProvisioning: func(ctx context.Context, app *idp.Application) error {
				access, err := h.EnableProvisioning()
				if err != nil {
					return err
				}
				return h.ConnectProvisioning(ctx, app, access.Token)
			},
			Snapshot: func() ([]byte, error) {
				s, err := h.Snapshot()
				if err != nil {
					return nil, err
				}
				return json.Marshal(s)
			},
			Restore: func(text []byte) error {
				var s Snapshot
				if err := json.Unmarshal(text, &s); err != nil {
					return err
				}
				return h.Restore(s)
			},
			Reset:       h.Reset,
			BaseURLs:    func() control.BaseURLs { return control.BaseURLs(h.BaseURLs()) },
			SetBaseURLs: func(urls control.BaseURLs) error { return h.SetBaseURLs(BaseURLs(urls)) },
			Environment: func() map[string]string {
				values := make(map[string]string)
				for _, v := range h.Environment() {
					values[v.Name] = v.Value
				}
				return values
			},
		},
	})
	if err != nil {
		return err
	}
	h.control = api
	return nil
}

func (h *Harness) exchangeForControl(ctx context.Context, app *idp.Application) (control.Trust, error) {
	trust, err := h.ExchangeMetadata(ctx, app)
	if err != nil {
		return control.Trust{}, err
	}
	shown := control.Trust{Entra: trust.Entra, IdentityCenter: trust.IdentityCenter}
	if trust.Metadata != nil {
		own := control.OwnMetadata(*trust.Metadata)
		shown.Metadata = &own
	}
	return shown, nil
}
