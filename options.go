package harness

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/serve"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// Config says how a harness is set up. The zero value is right for most tests.
type Config struct {
	Seed  uint64    // of every id; default 1
	Start time.Time // where the virtual clock stands; zero: it follows real time

	// Addresses to listen on, host and port. Default: a free port of 127.0.0.1.
	EntraAddr, AWSAddr, ControlAddr string
	// Base URLs by which others reach the three listeners, for when that is not
	// the address listened on. Default: http://localhost:port for Entra,
	// http://127.0.0.1:port for the others, which browsers take for two sites.
	EntraURL, AWSURL, ControlURL string

	// TLS makes all three listeners speak HTTPS, with certificates of a local
	// authority that is made for this harness. [Harness.Client] trusts it;
	// [Harness.TLSClientConfig] and [Harness.WriteCAFile] are for other clients.
	TLS bool

	// ControlToken must come with requests to the control API, at least eight
	// characters. Default: none where ControlAddr is a loopback address; elsewhere
	// one is made, which Harness.ControlToken tells.
	ControlToken string

	TenantID    string // of Entra, a GUID; default: made
	Domain      string // of Entra; default contoso.example
	DisplayName string // of Entra; default Contoso
	Region      string // of Identity Center; default us-east-1
	PortalAlias string // of Identity Center's portal; default: none

	CountryLetterCode string // of Entra, two letters: the source company.tenantcountry

	EntraChoices          idp.Choices // knobs for what is not published of Entra
	IdentityCenterChoices sp.Choices  // and of Identity Center

	// SCIMProfile says how the SCIM endpoint and the identity store behave.
	// Default: scimmock.AWS().
	SCIMProfile scimmock.Profile

	// FreshKeys makes signing keys for this harness alone, which takes about
	// 70 ms each; without it harnesses of one process share theirs.
	FreshKeys bool

	// Unconnected leaves out what Run and New do after the start: an
	// application for Identity Center in Entra, metadata exchanged both ways,
	// and automatic provisioning connected.
	Unconnected bool

	// Targets are real systems that take the place of mocks. Trust in them is
	// set up by ExchangeMetadata and ConnectProvisioning, not at the start.
	Targets Targets

	Logger *slog.Logger // default: nothing is logged
}

func (c Config) normalized() (Config, error) {
	c.Seed = cmp.Or(c.Seed, 1)
	c.EntraAddr = cmp.Or(c.EntraAddr, "127.0.0.1:0")
	c.AWSAddr = cmp.Or(c.AWSAddr, "127.0.0.1:0")
	c.ControlAddr = cmp.Or(c.ControlAddr, "127.0.0.1:0")
	if err := c.checkListeners(); err != nil {
		return c, err
	}
	switch {
	case c.ControlToken == "" && !isLoopback(c.ControlAddr):
		c.ControlToken = rand.Text() // not of the seed: who knows that knows the ids
	case c.ControlToken != "" && len(c.ControlToken) < minToken:
		return c, fmt.Errorf("the control token has %d characters; it needs at least %d", len(c.ControlToken), minToken)
	}
	if c.SCIMProfile.Name == "" {
		c.SCIMProfile = scimmock.AWS()
	}
	if c.Targets != (Targets{}) {
		if err := c.Targets.Validate(); err != nil {
			return c, err
		}
		c.Unconnected = true
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// minToken is how long a control token must be: shorter texts are not masked in
// the trace.
const minToken = 8

// isLoopback reports whether only this machine reaches an address to listen on.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Clock is the virtual time of a harness. Now tells it. Advance moves it
// forward and runs the timers that fall due on the way, one after another, each
// at its own time; it returns their names and times. Next says when the earliest
// waiting timer is due. Freeze stops a clock that follows real time, and
// Follow(time.Now) lets it go on from where it stands. A clock does not go back,
// but by [Harness.Restore] and [Harness.Reset].
type Clock = clock.Clock

// Exchange is one HTTP request and its response in the trace, with what was
// inside and the checks that were made:
//
//   - Seq, its number from 1, and Time, the virtual time at which it arrived;
//   - From and To, the sides, such as browser, entra, identityCenter and scim;
//     Protocol, one of saml, scim, aws and http; and Kind, what it is for, such as
//     AuthnRequest, sign-in form or CreateUser;
//   - Request, with Method, URL, Header and Body, and Response, with Status, Header
//     and Body, all of them text with secrets masked;
//   - Decoded, the messages inside, each with Name, such as SAMLResponse, and Text;
//   - Checks, each a [Check]; Notes for whoever reads; and Error, why no response
//     came.
type Exchange = trace.Exchange

// Check is one rule that was applied to an exchange: its Name, such as signature
// or audience, whether it did Pass, in Detail what was compared with what, and in
// Why the [*Refusal] that came of it, nil where none did.
type Check = trace.Check

// Refusal is an error that explains itself: the real service's code and words,
// what was expected, what came, where, and which side to fix. Find it in an
// error with [errors.As]:
//
//	var refused *harness.Refusal
//	if errors.As(err, &refused) && refused.Code == "AADSTS50105" { … }
//
// Code and Message are the service's, such as AADSTS50105 and what the person
// reads; Expected, Got, Where (an XPath, a path in JSON or the name of a setting),
// Fix (entra, identityCenter, request, …) and Hint explain them and may be
// empty. Texts may change with the harness; Code is what a test compares.
type Refusal = refusal.Refusal

// Tester is the part of [testing.TB] that Run needs.
type Tester = serve.Tester
