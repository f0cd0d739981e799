package scenarios

import (
	"strings"
	"testing"
)

const copiesSteps = `
steps:
  - observe: entra.users
    expect: [{displayName: Ana Sousa}, {displayName: User 1, employeeId: "001", otherMails: [u1@home.example]}, {displayName: User 2}, {userPrincipalName: user3@contoso.example}]
  - observe: entra.groups
    expect: [{displayName: team-1, members: [ana@contoso.example, user1@contoso.example]}, {displayName: team-2, members: [ana@contoso.example, user2@contoso.example]}]
  - entra: {disableUser: user3@contoso.example}
    expect: {accountEnabled: false}
`

// Copies are users and groups of their own, with their number wherever {n}
// stands; how many there are may be a variable.
func TestCopies(t *testing.T) {
	report := runText(t, "copies.yaml", `name: Copies
vars: {many: 3}
entra:
  users:
    - {userPrincipalName: ana@contoso.example, displayName: Ana Sousa}
    - {userPrincipalName: "user{n}@contoso.example", displayName: "User {n}", employeeId: "00{n}", otherMails: ["u{n}@home.example"], copies: "${many}"}
  groups: [{displayName: "team-{n}", copies: 2, members: [ana@contoso.example, "user{n}@contoso.example"]}]
`+copiesSteps, nil)
	if report.Status != Passed {
		t.Errorf("%s: %s", report.Status, failuresOf(report))
	}
}

// What cannot be meant is reported once, where it stands.
func TestCopiesThatMakeNoSense(t *testing.T) {
	const groupAction = "entra: {groups: []}\nsteps: [{entra: {createGroup: {displayName: \"team-{n}\", copies: 2}}, expect: {id: {$any: true}}}]\n"
	for _, test := range []struct{ text, want string }{
		{`entra: {users: [{userPrincipalName: ana@contoso.example, copies: 2}]}`, "copies.yaml:2:37: every copy has the same userPrincipalName"},
		{`entra: {groups: [{displayName: team, copies: 2}]}`, "copies.yaml:2:32: every copy has the same displayName"},
		{`entra: {groups: [{displayName: "team-{n}", copies: 0}]}`, "copies.yaml:2:52: copies is a whole number from 1 to 10000, not 0"},
		{`entra: {groups: [{displayName: "team-{n}", copies: 10001}]}`, "copies.yaml:2:52: copies is a whole number from 1 to 10000, not 10001"},
		{`entra: {groups: [{displayName: "team-{n}", copies: many}]}`, "copies.yaml:2:52: copies is a whole number from 1 to 10000, not many"},
		{`entra: {groups: [{displayName: "team-{n}", copies: 3, colour: red}]}`, `copies.yaml:2:55: unknown key "colour"`},
		{groupAction, "copies.yaml:3:57: an action makes one at a time"},
	} {
		text := "name: Copies\n" + test.text
		if !strings.Contains(text, "steps:") {
			text += "\nsteps: [{observe: entra.users, expect: [{}]}]\n"
		}
		_, err := Load("copies.yaml", []byte(text), Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "copies.yaml:2:") > 1 {
			t.Errorf("%s:\n%v\nwant once: %s", test.text, err, test.want)
		}
	}
}
