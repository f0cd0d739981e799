package claims

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/idharness/harness/internal/refusal"
)

// NameID is the configuration of the name identifier. The zero value is a new
// application's: user.userprincipalname in the source's own format.
type NameID struct {
	Source     string      `json:"source,omitempty"`
	Value      string      `json:"value,omitempty"` // a constant
	Transform  *Transform  `json:"transform,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`

	// Format is default, persistent, emailAddress, unspecified or
	// windowsDomainQualifiedName; the URN will do too. Default is the format that
	// goes with the source. Transient can only be asked for in a request.
	Format string `json:"format,omitempty"`
}

const (
	formatDefault       = "default"
	defaultNameIDSource = "user.userprincipalname"
)

// nameIDFormats pairs the short names with the URNs.
func nameIDFormats() []struct{ name, urn string } {
	return []struct{ name, urn string }{
		{"persistent", FormatPersistent}, {"emailAddress", FormatEmailAddress}, {"unspecified", FormatUnspecified},
		{"windowsDomainQualifiedName", FormatWindowsDomainQualifiedName}, {"transient", FormatTransient},
	}
}

// NameIDFormats returns what NameID.Format can be, in short form.
func NameIDFormats() []string {
	names := []string{formatDefault}
	for _, f := range nameIDFormats() {
		if f.urn != FormatTransient {
			names = append(names, f.name)
		}
	}
	return names
}

// FormatURN returns the URN of a format's short name, and anything else as it is.
func FormatURN(name string) string {
	for _, f := range nameIDFormats() {
		if strings.EqualFold(f.name, name) {
			return f.urn
		}
	}
	return name
}

// ShortFormat returns the short name of a format's URN, and anything else as it
// is.
func ShortFormat(urn string) string {
	for _, f := range nameIDFormats() {
		if f.urn == urn {
			return f.name
		}
	}
	return urn
}

// configured reports whether an administrator has touched the NameID.
func (n NameID) configured() bool {
	return n.Source != "" || n.Value != "" || n.Transform != nil || len(n.Conditions) > 0 || n.Format != ""
}

// NameIDResult is the NameID of one assertion.
type NameIDResult struct {
	Value           string `json:"value"`
	Format          string `json:"format"` // URN
	SPNameQualifier string `json:"spNameQualifier,omitempty"`

	// Fallback says why the value is the pairwise identifier although something
	// else was configured; empty if it is not.
	Fallback string `json:"fallback,omitempty"`
}

// CheckRequestedFormat refuses formats that a request's NameIDPolicy cannot ask
// for. Empty means that it asked for none.
func CheckRequestedFormat(format string) error {
	if format == "" || slices.Contains(requestFormats(), format) {
		return nil
	}
	allowed := strings.Join(requestFormats(), ", ")
	return &refusal.Refusal{
		Code:     codeNameIDPolicy,
		Message:  fmt.Sprintf(messageNameIDPolicy, allowed),
		Expected: oneOf(requestFormats()),
		Got:      format,
		Where:    "/samlp:AuthnRequest/samlp:NameIDPolicy/@Format",
		Fix:      refusal.Request,
		Hint:     "ask for one of these, or leave the NameIDPolicy out and choose the format in the application's claims",
	}
}

// NameIDFor returns the NameID for a subject. RequestedFormat is the URN of the
// request's NameIDPolicy, empty without one; random makes the transient ones.
//
// The format of the request goes before the configured one, and that before the
// one that belongs to the source (learn.microsoft.com, "Customize SAML token
// claims", NameID format). The value is the configured one, with two exceptions
// (learn.microsoft.com, "Single sign-on SAML protocol", NameIDPolicy): transient
// gives a random value, and persistent gives the pairwise identifier as long as
// nobody has configured the NameID. A configured value that is empty or illegal
// gives way to the pairwise identifier in persistent format.
//
// A transformation whose mandatory input is missing is refused; the error is a
// [*github.com/idharness/harness.Refusal].
func (c Configuration) NameIDFor(s Subject, requestedFormat, spNameQualifier string, random func(n int) []byte) (NameIDResult, error) {
	if err := c.Validate(); err != nil {
		return NameIDResult{}, fmt.Errorf("claims configuration: %w", err)
	}
	if err := CheckRequestedFormat(requestedFormat); err != nil {
		return NameIDResult{}, err
	}
	result := NameIDResult{SPNameQualifier: spNameQualifier, Format: requestedFormat}
	switch {
	case requestedFormat == FormatTransient:
		if random == nil {
			return NameIDResult{}, errors.New("transient NameID: no source of randomness")
		}
		result.Value = base64.RawURLEncoding.EncodeToString(random(sha256.Size))
		return result, nil
	case requestedFormat == FormatPersistent && !c.NameID.configured(),
		c.PairwiseOnRequest && (requestedFormat == FormatPersistent || requestedFormat == FormatUnspecified):
		result.Value, result.Format = c.PairwiseID(s), FormatPersistent
		return result, nil
	}
	value, format, err := c.nameID(s)
	var illegal *illegalValue
	switch {
	case errors.As(err, &illegal):
		result.Fallback = illegal.reason
	case err != nil:
		return NameIDResult{}, refuse(err, s, "nameID", "nameidentifier")
	case value == "":
		result.Fallback = "the configured NameID has no value for " + s.User.UserPrincipalName
	case !legal(value):
		result.Fallback = "the configured NameID has a character that XML cannot carry"
	}
	if result.Fallback != "" {
		result.Value, result.Format = c.PairwiseID(s), FormatPersistent
		return result, nil
	}
	result.Value = value
	if requestedFormat == "" {
		result.Format = format
	}
	return result, nil
}

// nameID evaluates the configured NameID and its format without a request.
func (c Configuration) nameID(s Subject) (value, format string, err error) {
	n, tr := c.NameID, transformer{subject: s, nameID: true, effort: c.effort()}
	if len(n.Conditions) > 0 {
		// user.pairwiseid is filled in here, so that conditions see it as a value.
		conditions := slices.Clone(n.Conditions)
		for i := range conditions {
			if is(conditions[i].Source, sourcePairwiseID) {
				conditions[i].Value, conditions[i].Source = c.PairwiseID(s), ""
			}
		}
		result, err := tr.choose(conditions, false)
		if err != nil {
			return "", "", err
		}
		if result.index >= 0 {
			n.Source = n.Conditions[result.index].Source
		}
		return first(result.values), n.format(), nil
	}
	if n.blank() {
		n.Source = defaultNameIDSource
	}
	if is(n.Source, sourcePairwiseID) {
		return c.PairwiseID(s), n.format(), nil
	}
	values, err := tr.evaluate(n.Source, n.Value, n.Transform, false)
	return first(values), n.format(), err
}

func (n NameID) blank() bool { return n.Source == "" && n.Value == "" && n.Transform == nil }

// format is the configured format, or the one that belongs to the source.
// Constants and transformations have none of their own.
func (n NameID) format() string {
	if n.Format != "" && !is(n.Format, formatDefault) {
		return FormatURN(n.Format)
	}
	if s, ok := findSource(n.Source); ok && s.format != "" {
		return s.format
	}
	return FormatUnspecified
}

// legal reports whether XML can carry the value.
func legal(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// PairwiseID returns the persistent identifier of a user for one application.
// The real derivation is not published; only the shape is known: 32 bytes as
// base64url without padding (learn.microsoft.com, "SAML token claims reference").
func (c Configuration) PairwiseID(s Subject) string {
	mac := hmac.New(sha256.New, c.PairwiseSecret)
	for _, part := range []string{s.TenantID, s.AppID, s.User.ID} {
		fmt.Fprintf(mac, "%d:%s", len(part), strings.ToLower(part))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
