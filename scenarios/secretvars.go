package scenarios

import (
	"encoding/base64"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// minDeclared is how long the value of a variable must be that is declared a
// secret, in bytes. Whoever declares one means it, so that less is enough than
// for those that are found.
const minDeclared = 4

// checkSecrets reports what is wrong with the list of variables that are secret.
func (s *Scenario) checkSecrets(vars *variables, mistaken places) strictyaml.Errors {
	n := s.file.Root().Get("secrets")
	if n == nil || mistaken.in(n) || vars.vague {
		return nil
	}
	known := s.variableNames(vars)
	var errs strictyaml.Errors
	for i, name := range s.doc.Secrets {
		at := n
		if items := n.Items(); i < len(items) {
			at = items[i]
		}
		if !slices.Contains(known, name) {
			e := at.Errorf("there is no variable %q", name)
			e.Hint = "secrets are names of variables: of vars, the matrix, --var, or what a step saves"
			if near, ok := strictyaml.Nearest(name, known); ok {
				e.Hint = "did you mean " + near + "?"
			}
			errs = append(errs, e)
		} else if value, ok := vars.values[name]; ok && tooShort(value) {
			errs = append(errs, at.Errorf("the value of %q is shorter than %d bytes: nothing could be read any more if it were masked", name, minDeclared))
		}
	}
	return errs
}

// variableNames lists every variable that a scenario has or comes to have, those of
// included files too.
func (s *Scenario) variableNames(vars *variables) []string {
	names := slices.Concat(slices.Collect(maps.Keys(vars.values)), slices.Collect(maps.Keys(vars.pending)))
	for _, st := range slices.Concat(s.steps, s.final) {
		for name := range st.Save {
			names = append(names, name)
		}
		for in := st.in; in != nil; in = in.outer {
			for _, pair := range in.vars.Pairs() {
				names = append(names, pair.Key.Text())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tooShort reports whether a value holds a text that is no secret for being short.
func tooShort(value any) bool {
	return slices.ContainsFunc(leaves(value), func(text string) bool { return len(text) < minDeclared })
}

// leaves lists the texts and numbers in a value, as texts.
func leaves(value any) []string {
	var out []string
	switch v := value.(type) {
	case nil, bool:
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(v[key])...)
		}
	case []any:
		for _, item := range v {
			out = append(out, leaves(item)...)
		}
	default:
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// secretsOf lists the values of variables that are secret: of those that are
// declared to be, and in declared apart, of those whose names say so.
func (s *Scenario) secretsOf(values map[string]any) (declared, named []string) {
	for name, value := range values {
		switch {
		case s.declaresSecret(name):
			declared = append(declared, leaves(value)...)
		case namesSecret(name):
			named = append(named, leaves(value)...)
		}
	}
	return declared, append(named, secretsIn(values)...)
}

func (s *Scenario) declaresSecret(name string) bool { return slices.Contains(s.doc.Secrets, name) }

// namesSecret reports whether a variable's name ends in what secrets are called,
// such as adminPassword or scim_token.
func namesSecret(name string) bool {
	plain := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	return slices.ContainsFunc(secretKeys, func(key string) bool { return strings.HasSuffix(plain, key) })
}

// secretsAtHand are the secrets that are known before anything runs.
func (s *Scenario) secretsAtHand() secrets {
	var all secrets
	if s.vars == nil {
		return all
	}
	declared, named := s.secretsOf(s.vars.values)
	for _, text := range declared {
		all.addDeclared(text)
	}
	for _, text := range slices.Concat(secretsOfEnv(s.vars.fromEnv), secretsOfTargets(s.targetsNode), named) {
		all.add(text)
	}
	return all
}

// concealVariables conceals the secrets among the values of variables.
func (r *running) concealVariables(values map[string]any) {
	declared, named := r.scenario.secretsOf(values)
	for _, text := range declared {
		for _, form := range r.secrets.addDeclared(text) {
			r.h.Conceal(form)
		}
	}
	r.conceal(named...)
}

// addDeclared is like add for a secret that is declared: a short one counts too,
// and so does one within Base64.
func (s *secrets) addDeclared(text string) []string {
	if len(text) < minDeclared {
		return nil
	}
	forms := spellings(text)
	for _, form := range []string{text, xmlEscaper.Replace(text), html.EscapeString(text)} {
		forms = append(forms, inBase64(form)...)
	}
	return s.addForms(forms)
}

// xmlEscaper writes text as canonical XML does within an element
// (https://www.w3.org/TR/xml-c14n11/, 2.3); in SAML messages it is in Base64.
var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// minBase64 is how much of a secret must be seen in Base64 for it to be told from
// what stands there by chance, in characters.
const minBase64 = 6

// inBase64 gives what Base64 of any text that holds a secret has of it: it may
// begin at each of three places in a group.
func inBase64(text string) []string {
	var forms []string
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for before := range 3 {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
			first, last := (before*8+5)/6, (before+len(text))*8/6
			if last-first >= minBase64 {
				form := encoded[first:last]
				forms = append(forms, form, url.QueryEscape(form))
			}
		}
	}
	return forms
}

// withoutSecrets is a list of mistakes in which no secret stands.
func (s secrets) withoutSecrets(errs strictyaml.Errors) strictyaml.Errors {
	if len(s.texts) == 0 {
		return errs
	}
	out := make(strictyaml.Errors, len(errs))
	for i, e := range errs {
		told := *e
		told.Message, told.Hint, told.SourceLine = s.mask(e.Message), s.mask(e.Hint), s.mask(e.SourceLine)
		out[i] = &told
	}
	return out
}
