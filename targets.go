package harness

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Targets are real systems that take the place of a mock: what is tested with
// the other one. Trust in them comes from their metadata, as with the mocks,
// when metadata are exchanged.
type Targets struct {
	ServiceProvider  *ServiceProviderTarget  // instead of Identity Center's sign-in
	IdentityProvider *IdentityProviderTarget // instead of Entra
	SCIM             *SCIMTarget             // instead of Identity Center's SCIM endpoint
}

// Reach says how a real system is reached.
type Reach struct {
	CAFile  string            `yaml:"caFile" doc:"File with certificates (PEM) to trust beside the system's."`
	Headers map[string]string `yaml:"headers" doc:"Sent with every request to the addresses of this target, and nowhere else."`
	Timeout time.Duration     `yaml:"timeout" doc:"Of one request. Default: 30s."`
}

// defaultTimeout is how long a real system may take for one answer.
const defaultTimeout = 30 * time.Second

// TargetError says that a real system cannot be used, and which setting of it
// led there.
type TargetError struct {
	Target  string // serviceProvider, identityProvider or scim
	Setting string // such as metadata; empty: the target as a whole
	Tried   string // the address that does not answer; empty: the setting is wrong in itself
	Err     error
}

// Path is where the setting stands below targets.
func (e *TargetError) Path() string {
	return strings.TrimSuffix(e.Target+"."+e.Setting, ".")
}

// Problem says what is wrong without saying where.
func (e *TargetError) Problem() string {
	if e.Tried == "" {
		return e.Err.Error()
	}
	name := map[string]string{"serviceProvider": "service provider", "identityProvider": "identity provider", "scim": "SCIM server"}[e.Target]
	return fmt.Sprintf("the %s cannot be reached: tried %s: %v", name, e.Tried, e.Err)
}

func (e *TargetError) Error() string { return "targets." + e.Path() + ": " + e.Problem() }

// Unwrap gives the cause.
func (e *TargetError) Unwrap() error { return e.Err }

// targetSide is what the three targets have in common.
type targetSide struct {
	name      string
	reach     Reach
	addresses []string
}

func (t Targets) sides() []targetSide {
	var sides []targetSide
	if s := t.ServiceProvider; s != nil {
		sides = append(sides, targetSide{"serviceProvider", s.Reach, []string{s.Metadata, s.Start, s.Success.URL}})
	}
	if s := t.IdentityProvider; s != nil {
		sides = append(sides, targetSide{"identityProvider", s.Reach, []string{s.Metadata, s.Start}})
	}
	if s := t.SCIM; s != nil {
		sides = append(sides, targetSide{"scim", s.Reach, []string{s.URL}})
	}
	return sides
}

// form lists the pages of a real system that are filled in.
func (t Targets) form() []SignInPage {
	switch {
	case t.ServiceProvider != nil:
		return t.ServiceProvider.Form
	case t.IdentityProvider != nil:
		return t.IdentityProvider.Form
	}
	return nil
}

// Validate reports everything that is wrong with targets in themselves, each a
// *[TargetError], joined.
func (t Targets) Validate() error {
	var errs []error
	if t.IdentityProvider != nil && (t.ServiceProvider != nil || t.SCIM != nil) {
		errs = append(errs, &TargetError{Target: "identityProvider", Err: errors.New("it takes the place of Entra, so that nothing is left to test a service provider or a SCIM server with")})
	}
	for _, side := range t.sides() {
		if _, err := side.reach.pool(nil); err != nil {
			errs = append(errs, &TargetError{side.name, "caFile", "", err})
		}
		if side.reach.Timeout < 0 {
			errs = append(errs, &TargetError{side.name, "timeout", "", errors.New("a timeout is longer than nothing")})
		}
	}
	if t.ServiceProvider != nil {
		errs = append(errs, t.ServiceProvider.mistakes()...)
	}
	if t.IdentityProvider != nil {
		errs = append(errs, t.IdentityProvider.mistakes()...)
	}
	if t.SCIM != nil {
		errs = append(errs, t.SCIM.mistakes()...)
	}
	return errors.Join(errs...)
}

// pool adds the certificates of CAFile to pool, or to those of the system.
func (r Reach) pool(pool *x509.CertPool) (*x509.CertPool, error) {
	if r.CAFile == "" {
		return pool, nil
	}
	data, err := os.ReadFile(r.CAFile)
	if err != nil {
		return nil, err
	}
	if pool == nil {
		if pool, err = x509.SystemCertPool(); err != nil {
			pool = x509.NewCertPool()
		}
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("the file holds no certificate in PEM")
	}
	return pool, nil
}

// isAddress tells an address from a file name and from a document itself.
func isAddress(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
}

// isDocument tells a document itself from where it is.
func isDocument(source string) bool { return strings.HasPrefix(strings.TrimSpace(source), "<") }

// checkAddress reports what keeps a text from being the address of a page.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("it is no URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("it is no absolute http or https URL")
	case u.User != nil:
		return errors.New("a user name or password does not belong in a URL; send it with headers")
	}
	return nil
}

// Targets returns the real systems that take the place of mocks.
func (h *Harness) Targets() Targets { return h.targets }

// CheckTargets asks every target for an answer, whatever it is, and reports the
// first that gives none, as a *[TargetError].
func (h *Harness) CheckTargets(ctx context.Context) error {
	asked := make(map[string]bool)
	ask := func(target, setting, address string) error {
		u, err := url.Parse(address)
		if err != nil || !isAddress(address) || asked[originOf(u)] {
			return nil
		}
		asked[originOf(u)] = true
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
		if err == nil {
			var resp *http.Response
			if resp, err = h.outward.RoundTrip(req); err == nil {
				return resp.Body.Close()
			}
		}
		return &TargetError{target, setting, address, explainTLS(err)}
	}
	var errs []error
	if s := h.targets.ServiceProvider; s != nil {
		errs = append(errs, ask("serviceProvider", "metadata", s.Metadata), ask("serviceProvider", "start", s.Start))
	}
	if s := h.targets.IdentityProvider; s != nil {
		errs = append(errs, ask("identityProvider", "metadata", s.Metadata), ask("identityProvider", "start", s.Start))
	}
	if s := h.targets.SCIM; s != nil {
		errs = append(errs, ask("scim", "url", s.URL))
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

// explainTLS says what to do about a certificate that nobody here trusts.
func explainTLS(err error) error {
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w; name the file of its certification authority as caFile", err)
	}
	return err
}

// metadata reads a target's metadata: an address, a file or the document itself.
func (h *Harness) metadata(ctx context.Context, target, source string) ([]byte, error) {
	var data []byte
	var err error
	where := source
	switch {
	case isDocument(source):
		return []byte(source), nil
	case isAddress(source):
		data, err = h.download(ctx, source)
	default:
		data, err = os.ReadFile(source)
	}
	var answer *answerError
	if errors.As(err, &answer) {
		where = "" // it was reached
	}
	if err != nil {
		return nil, &TargetError{target, "metadata", where, explainTLS(err)}
	}
	return data, nil
}
