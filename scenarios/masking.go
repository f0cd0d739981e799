package scenarios

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/strictyaml"
)

// secrets are texts that no report may show. What stands for them is ***.
type secrets struct{ texts []string }

// minSecret is how long a text must be to be masked, in bytes: shorter ones
// would blot out ordinary words.
const minSecret = 8

// add makes a text a secret, with the forms in which it may be written. It
// returns those that were none before.
func (s *secrets) add(text string) []string {
	if len(text) < minSecret || text == directory.DefaultPassword { // that one is printed on the sign-in page
		return nil
	}
	return s.addForms(spellings(text))
}

// spellings are the forms in which a text may be written: as it is, quoted, in a
// URL and in HTML.
func spellings(text string) []string {
	forms := []string{text, url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text)}
	for _, escapeHTML := range []bool{true, false} {
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(escapeHTML)
		if encoder.Encode(text) == nil {
			forms = append(forms, strings.Trim(strings.TrimSpace(b.String()), `"`))
		}
	}
	return forms
}

func (s *secrets) addForms(forms []string) []string {
	var added []string
	for _, form := range forms {
		if !slices.Contains(s.texts, form) {
			s.texts, added = append(s.texts, form), append(added, form)
		}
	}
	// One secret may begin with another.
	slices.SortStableFunc(s.texts, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return added
}

func (s *secrets) mask(text string) string {
	for _, secret := range s.texts {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// secretKeys are keys of steps and results whose values are secrets, in lower
// case and without - and _.
var secretKeys = []string{
	"password", "newpassword", "passwd", "token", "authorization", "cookie", "xamzssobearertoken", "xamzsecuritytoken", "xapikey", "secret", "clientsecret",
	"accesstoken", "refreshtoken", "codeverifier", "idtoken", "signintoken", "secretaccesskey", "sessiontoken", "devicecode", "flowtoken", "privatekey",
}

func isSecretKey(key string) bool {
	return slices.Contains(secretKeys, strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key)))
}

// setCookie finds the cookies of a Set-Cookie header, or of several that were
// joined.
var setCookie = regexp.MustCompile(`(?:^|,\s*)[^=;,\s]+=([^;,]*)`)

// privateKey finds private keys in PEM. A report may show single lines of them.
var privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END`)

// secretsIn lists the secrets that stand in a value under keys that say so, and
// private keys.
func secretsIn(value any) []string {
	var found []string
	switch v := value.(type) {
	case string:
		for _, key := range privateKey.FindAllStringSubmatch(v, -1) {
			found = append(found, strings.Fields(key[1])...)
		}
	case map[string]any:
		for key, below := range v {
			text, isText := below.(string)
			switch {
			case isText && strings.EqualFold(key, "set-cookie"):
				for _, cookie := range setCookie.FindAllStringSubmatch(text, -1) {
					found = append(found, strings.Trim(cookie[1], `"`))
				}
			case isText && strings.EqualFold(key, "cookie"):
				for pair := range strings.SplitSeq(text, ";") {
					if _, cookie, ok := strings.Cut(pair, "="); ok {
						found = append(found, strings.Trim(strings.TrimSpace(cookie), `"`))
					}
				}
			case key == "authorization" && !isText: // of a sign-in for a client: what its code can be exchanged for
				authorization, _ := below.(map[string]any)
				if code, ok := authorization["code"].(string); ok {
					found = append(found, code)
				}
			case isText && isSecretKey(key):
				if scheme, credentials, ok := strings.Cut(text, " "); ok && (strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "basic")) {
					text = credentials
				}
				found = append(found, text)
			default:
				found = append(found, secretsIn(below)...)
			}
		}
	case []any:
		for _, item := range v {
			found = append(found, secretsIn(item)...)
		}
	}
	return found
}

// secretsOfEnv lists the secrets among values from the environment: all but
// addresses in which no credentials can be, which are worth reading.
func secretsOfEnv(values []string) []string {
	var found []string
	for _, value := range values {
		if u, err := url.Parse(value); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
			continue
		}
		found = append(append(found, value), secretsIn(value)...)
	}
	return found
}

// conceal keeps texts out of the reports and out of the trace from now on.
func (r *running) conceal(texts ...string) {
	for _, text := range texts {
		for _, form := range r.secrets.add(text) {
			r.h.Conceal(form)
		}
	}
}

// concealStep conceals the secrets of a step: what its verb is given under keys
// that say so, and what came from the environment.
func (r *running) concealStep(st *strictyaml.Node) {
	r.conceal(secretsOfEnv(r.vars.fromEnv)...)
	for _, pair := range st.Pairs() {
		if key := pair.Key.Text(); key != "expect" && key != "until" && key != "save" {
			r.conceal(secretsIn(map[string]any{key: pair.Value.Any()})...)
		}
	}
}

func (r *running) mask(text string) string { return r.h.Mask(r.secrets.mask(text)) }

// masked is a step's report without secrets.
func (r *running) masked(s StepReport) StepReport {
	s.Title, s.Error = r.mask(s.Title), r.mask(s.Error)
	s.Account, s.Failures = maskList(s.Account, r.mask), maskList(s.Failures, r.mask)
	s.Details = slices.Clone(s.Details)
	for i := range s.Details {
		d := &s.Details[i]
		for _, text := range []*string{&d.Source, &d.Message, &d.Hint, &d.Path, &d.Expected, &d.Received, &d.Diff} {
			*text = r.mask(*text)
		}
	}
	s.Result = maskValue(s.Result, r.mask)
	return s
}

// maskedTrace is the trace without the secrets that became known only after
// they had passed, such as a cookie that a real system set and then repeated.
func (r *running) maskedTrace(exchanges []harness.Exchange) []harness.Exchange {
	if len(r.secrets.texts) == 0 {
		return exchanges
	}
	mask := r.secrets.mask
	header := func(from map[string][]string) map[string][]string {
		out := make(map[string][]string, len(from))
		for name, values := range from {
			out[name] = maskList(values, mask)
		}
		return out
	}
	for i := range exchanges {
		e := &exchanges[i]
		e.Kind, e.Error, e.Notes = mask(e.Kind), mask(e.Error), maskList(e.Notes, mask)
		e.Request.URL, e.Request.Header, e.Request.Body = mask(e.Request.URL), header(e.Request.Header), mask(e.Request.Body)
		e.Response.Header, e.Response.Body = header(e.Response.Header), mask(e.Response.Body)
		for j := range e.Decoded {
			e.Decoded[j].Text = mask(e.Decoded[j].Text)
		}
		for j := range e.Checks {
			c := &e.Checks[j]
			c.Detail = mask(c.Detail)
			if c.Why != nil {
				c.Why = c.Why.Masked(mask)
			}
		}
	}
	return exchanges
}

func maskList(list []string, mask func(string) string) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = mask(text)
	}
	return out
}

// maskValue copies a value with its texts masked, keys too.
func maskValue(value any, mask func(string) string) any {
	switch v := value.(type) {
	case string:
		return mask(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, below := range v {
			out[mask(key)] = maskValue(below, mask)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = maskValue(item, mask)
		}
		return out
	case nil, bool:
		return value
	default:
		if mask(fmt.Sprint(v)) == "***" {
			return "***"
		}
		return value
	}
}
