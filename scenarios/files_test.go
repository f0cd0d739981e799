package scenarios

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A scenario is made of its file and those that its targets name, but not of
// what they have at an address.
func TestFilesOfAScenario(t *testing.T) {
	certificate, _, _ := strings.Cut(keyPair(t), "-----BEGIN PRIVATE KEY-----")
	dir := files(t, map[string]string{"s.yaml": `name: n
entra: {app: {name: Wiki, template: custom-saml}}
targets:
  serviceProvider: {metadata: sp.xml, caFile: ca.pem, start: https://app.contoso.example/, success: {status: 200}}
steps: [{include: _part.yaml}]
`, "_part.yaml": "steps: [{observe: entra.users, expect: []}]\n", "sp.xml": `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://wiki.contoso.example/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`, "ca.pem": certificate, "plain.yaml": nothing})
	for name, want := range map[string][]string{"s.yaml": {"s.yaml", "_part.yaml", "ca.pem", "sp.xml"}, "plain.yaml": {"plain.yaml"}} {
		told := []string{name}
		s, err := LoadFile(filepath.Join(dir, name), Options{OnFile: func(path string) { told = append(told, filepath.Base(path)) }})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, path := range s.Files() {
			got = append(got, filepath.Base(path))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		slices.Sort(told[1:])
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("what is told of %s (-want +got):\n%s", name, diff)
		}
	}
}
