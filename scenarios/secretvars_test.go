package scenarios

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Mistakes in the list of secrets are found before anything runs.
func TestSecretsMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"vars: {pin: '4711'}\nsecrets: [pni]":            `s.yaml:3:11: there is no variable "pni"`,
		"vars: {pin: '471'}\nsecrets: [pin]":             `s.yaml:3:11: the value of "pin" is shorter than 4 bytes`,
		"vars: {pins: [a-long-one, b]}\nsecrets: [pins]": `s.yaml:3:11: the value of "pins" is shorter than 4 bytes`,
		"secrets: pin":    "s.yaml:2:10: ",
		"secrets: [[1]]":  "s.yaml:2:11: ",
		"secrets: [kept]": "",
		"matrix: [{pin: one-two}, {pin: three}]\nsecrets: [pin]": "",
	} {
		_, err := load("s.yaml", []byte("name: n\n"+text+"\nsteps: [{observe: entra.users, expect: [], save: {kept: $}}]\n"), Options{})
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// A mistake in a file does not tell the secrets in it.
func TestMistakesTellNoSecrets(t *testing.T) {
	for _, text := range []string{
		"vars: {pin: hunter2}\nsecrets: [pin]\ntargets: {scim: {url: 'http://x', token: t, profile: '${pin}'}}",
		"vars: {adminPassword: hunter22}\ntargets: {scim: {url: 'http://x', token: t, profile: '${adminPassword}'}}",
		"targets: {scim: {url: 'http://x', token: t, profile: '${env:PIN}'}}",
		"matrix: [{pin: hunter2}]\nsecrets: [pin]\ntargets: {scim: {url: 'http://x', token: t, profile: '${pin}'}}",
	} {
		env := func(name string) (string, bool) { return "hunter22", name == "PIN" }
		_, err := load("s.yaml", []byte("name: n\n"+text+"\nsteps: [{observe: entra.users, expect: []}]\n"), Options{Env: env})
		if err == nil || !strings.Contains(err.Error(), `there is no profile "***"`) || strings.Contains(inFull(err), "hunter") {
			t.Errorf("%s: %v\n%s", text, err, inFull(err))
		}
	}
}

// What a step saves under a name that is declared is a secret from then on, and
// one that is too short to be masked is none that can be kept.
func TestSavedSecrets(t *testing.T) {
	s, err := Load("s.yaml", []byte(`name: n
secrets: [mail, number]
entra: {users: [{userPrincipalName: ana@contoso.example, displayName: Ana}]}
steps:
  - {observe: entra.users, save: {mail: "$[0].userPrincipalName"}}
  - {observe: entra.users, expect: [{userPrincipalName: bob}]}
finally:
  - {observe: entra.users, save: {number: "$[0].displayName"}, expect: [{}]}
`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), s, Options{})
	data, err := json.Marshal(r.Steps[1:])
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); strings.Contains(text, "ana@contoso.example") || !strings.Contains(text, `received: \"***\"`) {
		t.Errorf("it is told: %s", text)
	}
	if want := "save number: it is declared a secret, and is shorter than 4 bytes"; !strings.Contains(r.Steps[2].Error, want) {
		t.Errorf("step 3 says %q, want %q", r.Steps[2].Error, want)
	}
}

// A declared secret is masked where it stands in Base64, whatever is before it.
func TestSecretsInBase64(t *testing.T) {
	const secret = "x-4711&8+15?"
	var all secrets
	all.addDeclared(secret)
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
		for before := range 5 {
			for after := range 4 {
				text := encoding.EncodeToString(fmt.Append(nil, strings.Repeat("<", before), secret, strings.Repeat(">", after)))
				masked := all.mask(text)
				if decoded, _ := encoding.DecodeString(strings.ReplaceAll(masked, "***", "")); !strings.Contains(masked, "***") || strings.Contains(string(decoded), secret[2:8]) {
					t.Errorf("%d before and %d after: %s is %s", before, after, text, masked)
				}
			}
		}
	}
	if got, want := all.mask(base64.StdEncoding.EncodeToString([]byte("nothing that is secret"))), "bm90aGluZyB0aGF0IGlzIHNlY3JldA=="; got != want {
		t.Errorf("other text became %s", got)
	}
}

// Numbers are masked too.
func TestSecretNumbers(t *testing.T) {
	var all secrets
	all.addDeclared("4711")
	got := fmt.Sprint(maskValue(map[string]any{"pin": 4711, "float": 4711.0, "other": 47, "yes": true, "none": nil}, all.mask))
	if want := "map[float:*** none:<nil> other:47 pin:*** yes:true]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
