package report_test

import (
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scenarios"
)

// hostile is what a system under test may send to whoever reads a report.
const hostile = "<script>alert('x')</script> \x1b[31m ]]> --> \x00 \u202e %0A ::error:: # SKIP \\"

// sample is a run in which everything happened that a report can tell of.
func sample() []scenarios.Report {
	place := func(line, column int) scenarios.Place {
		return scenarios.Place{File: "testdata/walk.yaml", Line: line, Column: column}
	}
	miss := scenarios.Detail{
		Kind: "expectation", Place: place(24, 23), Source: "    expect: {outcome: signedIn}", Message: "the values differ", Path: "$.outcome",
		Expected: `"signedIn"`, Received: `"refused"`, Diff: "- outcome: \"signedIn\"\n+ outcome: \"refused\"\n",
	}
	return []scenarios.Report{
		{
			Path: "testdata/walk.yaml", Name: "Users sign in, and one does not", Tags: []string{"login", "slow"}, Seed: 7, Status: scenarios.Errored, Duration: 1234567 * time.Microsecond,
			Steps: []scenarios.StepReport{
				{
					Number: 1, Title: "exchangeMetadata", Verb: "exchangeMetadata", Position: "testdata/walk.yaml:20:5", Place: place(20, 5), Status: scenarios.Passed,
					Duration: 2 * time.Millisecond, Account: []string{"Entra: metadata uploaded", "Identity Center: issuer https://sts.windows.net/x/"}, Expectations: 2, Result: map[string]any{"ok": true},
					FirstExchange: 1, LastExchange: 1,
				},
				{
					Number: 2, Title: "Ana signs in (signIn)", Verb: "signIn", Position: "testdata/walk.yaml:23:5", Place: place(23, 5), Status: scenarios.Failed,
					Duration: 31 * time.Millisecond, Account: []string{"Refused by entra: " + hostile}, Expectations: 1,
					Failures: []string{"$.outcome: the values differ\n  --> testdata/walk.yaml:24:23\n   |\n24 |     expect: {outcome: signedIn}\n   |                       ^\n   expected: \"signedIn\"\n   received: \"refused\"\n   difference (- expected, + received):\n   - outcome: \"signedIn\"\n   + outcome: \"refused\"\n"},
					Details:  []scenarios.Detail{miss}, Result: map[string]any{"outcome": "refused", "message": hostile}, FirstExchange: 2, LastExchange: 4,
				},
				{Number: 3, Title: "observe", Verb: "observe", Position: "testdata/walk.yaml:25:5", Place: place(25, 5), Status: scenarios.Skipped},
				{
					Number: 4, Title: "http", Verb: "http", Final: true, Position: "testdata/walk.yaml:27:5", Place: place(27, 5), Status: scenarios.Errored, Duration: time.Second,
					Error:   "http: connection refused: " + hostile + "\n  --> testdata/walk.yaml:27:5\n",
					Details: []scenarios.Detail{{Kind: "error", Place: place(27, 5), Source: "  - http: {url: \"http://127.0.0.1:1/\"}", Message: "http: connection refused: " + hostile, Hint: "start it"}},
				},
			},
			Trace: sampleTrace(),
		},
		{Path: "testdata/none.yaml", Name: "It does not start", Seed: 1, Status: scenarios.Errored, Error: "start Entra: listen on 127.0.0.1:8400: address already in use"},
		{
			Path: "testdata/short.yaml", Name: "Short: one, two # TODO no directive", Seed: 1, Status: scenarios.Passed, Duration: 1500 * time.Microsecond,
			Steps: []scenarios.StepReport{{
				Number: 1, Title: "observe entra.users", Verb: "observe", Position: "testdata/short.yaml:3:5", Place: scenarios.Place{File: "testdata/short.yaml", Line: 3, Column: 5},
				Status: scenarios.Passed, Duration: 400 * time.Microsecond, Expectations: 1, Result: []any{},
			}},
		},
	}
}

func sampleTrace() []harness.Exchange {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	html := map[string][]string{"Content-Type": {"text/html; charset=utf-8"}}
	return []harness.Exchange{
		{
			Seq: 1, Time: at, From: "client", To: "entra", Protocol: "saml", Kind: "federation metadata",
			Request:  trace.Request{Method: "GET", URL: "http://localhost:8400/t/federationmetadata/2007-06/federationmetadata.xml"},
			Response: trace.Response{Status: 200, Header: map[string][]string{"Content-Type": {"application/samlmetadata+xml"}}, Body: `<EntityDescriptor entityID="x"><!-- ` + hostile + ` --></EntityDescriptor>`},
		},
		{
			Seq: 2, Time: at, From: "browser", To: "identityCenter", Protocol: "http", Kind: "portal",
			Request:  trace.Request{Method: "GET", URL: "http://127.0.0.1:8500/start", Header: map[string][]string{"Accept": {"text/html"}}},
			Response: trace.Response{Status: 302, Header: map[string][]string{"Location": {"http://localhost:8400/t/saml2?SAMLRequest=x&RelayState=" + hostile}}},
		},
		{
			Seq: 3, Time: at.Add(time.Second), From: "browser", To: "entra", Protocol: "saml", Kind: "AuthnRequest",
			Request:  trace.Request{Method: "GET", URL: "http://localhost:8400/t/saml2?SAMLRequest=x"},
			Response: trace.Response{Status: 400, Header: html, Body: "<h1>" + hostile + "</h1>"},
			Decoded:  []trace.Decoded{{Name: "SAMLRequest", Text: `<samlp:AuthnRequest ID="_1"><saml:Issuer>` + hostile + `</saml:Issuer></samlp:AuthnRequest>`}},
			Checks: []trace.Check{{Name: "issuer", Pass: true, Detail: "the application's Identifier"}, {Name: "assignment", Detail: "expected an assignment; got none; fix on the side of entra " + hostile}, {
				Name: "accepted", Detail: "AADSTS50105", Why: &refusal.Refusal{Code: "AADSTS50105", Message: "blocked " + hostile, Expected: "an assignment", Got: "none", Where: "Users and groups", Fix: refusal.Entra, Hint: "assign"},
			}},
			Notes: []string{"attribute x was ignored " + hostile},
		},
		{
			Seq: 4, Time: at.Add(2 * time.Second), From: "entra", To: "scim", Protocol: "scim", Kind: "CreateUser",
			Request:  trace.Request{Method: "POST", URL: "http://127.0.0.1:8500/x/scim/v2/Users", Header: map[string][]string{"Content-Type": {"application/scim+json"}, "Authorization": {"Bearer ***"}}, Body: `{"userName":"ana@contoso.example","displayName":"<img src=x onerror=alert(1)>"}`},
			Response: trace.Response{Status: 201, Header: map[string][]string{"Content-Type": {"application/scim+json"}}, Body: `{"id":"1"}`},
			Error:    "connection reset",
		},
	}
}
