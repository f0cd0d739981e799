// Package harness is a mock Microsoft Entra ID and a mock AWS IAM Identity
// Center that know each other, for tests of SAML sign-in and SCIM provisioning.
//
// Start both beside a test with [Run]. They listen on free loopback ports,
// trust each other, and are gone when the test ends:
//
//	func TestSignIn(t *testing.T) {
//		h := harness.Run(t)
//		ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
//		if err := h.Entra.App().Assign(ana); err != nil {
//			t.Fatal(err)
//		}
//		if err := h.Provision(t.Context()); err != nil { // SCIM, as Entra's service does it
//			t.Fatal(err)
//		}
//		session, err := h.SignIn(t.Context(), "ana@contoso.example") // redirects and the POST, as a browser does them
//		…
//	}
//
// Outside a test [New] starts a harness and [Harness.Close] ends it. Harnesses
// are independent of each other: tests that run in parallel have one each.
//
// One side alone is started by [github.com/idharness/harness/idp.Run],
// [github.com/idharness/harness/sp.Run] and
// [github.com/idharness/harness/scimmock.Run]. Package
// [github.com/idharness/harness/scenarios] runs what is written in YAML.
//
// # Your own software
//
// [Config].Targets puts a real system in the place of one mock: a
// [ServiceProviderTarget] at which Entra signs people in, a [SCIMTarget] into
// which Entra provisions, or an [IdentityProviderTarget] that signs people in at
// Identity Center. Trust is then set up by the test, once both sides run, with
// [Harness.ExchangeMetadata] and [Harness.ConnectProvisioning]. What is wrong
// with the set-up is a [TargetError], not a refused sign-in.
//
// # Time
//
// Everything in a harness goes by one virtual [Clock]. With [Config].Start it
// stands still until [Harness.Clock] is moved; without, it follows real time.
// Advance runs what falls due on the way, in order: provisioning cycles every
// forty minutes, expiries of certificates, tokens and sessions. Ids come from
// [Config].Seed, so a test that does the same twice sees the same ids; signing
// keys do not.
//
// # Errors
//
// What a side refuses is a [*Refusal], found with [errors.As]: the service's
// code and words, such as AADSTS50105, and beside them what was expected, what
// came, where, and which side to fix. Sign-ins return a [Session] with it, which
// has what was seen until then. Other errors say that something could not be
// done at all: a context that has ended, a listener that is gone.
//
// # What was sent
//
// [Harness.Trace] has every HTTP exchange between the sides, with the SAML
// messages decoded and each check that was made. Passwords, tokens and keys are
// masked in it; [Harness.Conceal] adds others.
//
// # Faults
//
// [github.com/idharness/harness/idp.Tenant.FailNext] refuses the next sign-in with
// a code of Entra's, and [github.com/idharness/harness/scimmock.Server.Fail] breaks
// requests of provisioning: a status, a delay, a connection that ends before or
// after the effect.
//
// # State
//
// [Harness.Snapshot] returns everything as a value, [Harness.Restore] goes back
// to it, and [Harness.Reset] to how the harness was when it had started.
//
// # Faithfulness
//
// What the mocks do is listed in docs/fidelity.md, each behaviour with its source.
// Where nothing is published a knob decides: [Config].EntraChoices,
// [Config].IdentityCenterChoices, [Config].SCIMProfile, and the settings of
// [github.com/idharness/harness/idp/provisioning].
package harness
