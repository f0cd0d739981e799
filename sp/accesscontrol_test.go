package sp_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

const accessControl = "https://aws.amazon.com/SAML/Attributes/AccessControl:"

func withAttribute(name string, values ...string) func(*etree.Element) {
	return func(response *etree.Element) {
		addAttribute(at(response, "Assertion/AttributeStatement"), name, values...)
	}
}

func withNameFormat(name, format string) func(*etree.Element) {
	return func(response *etree.Element) {
		addAttribute(at(response, "Assertion/AttributeStatement"), name, "x").CreateAttr("NameFormat", format)
	}
}

func withManyAttributes(n int) func(*etree.Element) {
	return func(response *etree.Element) {
		for i := range n {
			withAttribute(fmt.Sprintf("%sKey%d", accessControl, i), "x")(response)
		}
	}
}

// TestAttributesForAccessControlBecomeTags: user guide, "Attributes for access
// control".
func TestAttributesForAccessControlBecomeTags(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*etree.Element)
		want map[string]string
	}{
		{"one attribute", withAttribute(accessControl+"CostCenter", "blue"), map[string]string{"CostCenter": "blue"}},
		{"keys differ in case", func(r *etree.Element) {
			withAttribute(accessControl+"Team", "a")(r)
			withAttribute(accessControl+"team", "b")(r)
		}, map[string]string{"Team": "a", "team": "b"}},
		{"a NameFormat that SAML specifies", withNameFormat(accessControl+"Team", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"), map[string]string{"Team": "x"}},
		{"no value", withAttribute(accessControl + "Team"), nil},
		{"another attribute twice and of many values", func(r *etree.Element) {
			withAttribute("https://contoso.example/groups", "a", "b")(r)
			withAttribute("https://contoso.example/groups", "c")(r)
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.center.SetAccessControl(true)
			if diff := cmp.Diff(test.want, w.wantPortal(w.signIn(ana, test.edit), ana).AccessControl); diff != "" {
				t.Errorf("session tags (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("fifty", func(t *testing.T) {
		w := newWorld(t)
		w.center.SetAccessControl(true)
		if got := len(w.wantPortal(w.signIn(ana, withManyAttributes(50)), ana).AccessControl); got != 50 {
			t.Errorf("%d session tags, want 50", got)
		}
		if !slices.ContainsFunc(w.trace.Exchanges(), func(e trace.Exchange) bool {
			return slices.Contains(e.Checks, trace.Check{Name: "access control", Pass: true, Detail: "50 attributes"})
		}) {
			t.Error("the trace does not show the check")
		}
	})
}

// TestRulesForAttributesForAccessControl: user guide, "Troubleshooting IAM
// Identity Center issues": at most 50 attributes, no multi-valued ones, no two
// of one name, no structured XML, a name format that SAML specifies. They hold
// only while the feature is enabled.
func TestRulesForAttributesForAccessControl(t *testing.T) {
	for _, test := range []struct {
		name, code, got string
		edit            func(*etree.Element)
	}{
		{"more than fifty", "AccessControlCount", "51", withManyAttributes(51)},
		{"two values", "AccessControlMultiValued", "2", withAttribute(accessControl+"Team", "a", "b")},
		{"twice", "AccessControlDuplicate", accessControl + "Team again", func(r *etree.Element) {
			withAttribute(accessControl+"Team", "a")(r)
			withAttribute(accessControl+"Team", "a")(r)
		}},
		{"structured", "AccessControlStructured", "structured XML", func(r *etree.Element) {
			value := addAttribute(at(r, "Assertion/AttributeStatement"), accessControl+"Team")
			element(element(value, "AttributeValue", ""), "Team", "a")
		}},
		{"another name format", "AccessControlNameFormat", "urn:example:generic", withNameFormat(accessControl+"Team", "urn:example:generic")},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.wantPortal(w.signIn(ana, test.edit), ana) // the feature is off
			w.freshBrowser()
			w.center.SetAccessControl(true)
			if !w.center.AccessControl() {
				t.Error("AccessControl() = false")
			}
			w.wantRefused(w.signIn(ana, test.edit), refusal.Refusal{Code: test.code, Message: "An unexpected error has occurred", Got: test.got, Where: "/Response/Assertion/AttributeStatement", Fix: refusal.Entra})
		})
	}
}
