package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/idharness/harness/idp/provisioning"
)

// describeCycle tells what a cycle did to which objects, and why it failed
// where it did.
func describeCycle(summary provisioning.Summary, log []provisioning.LogEntry) []string {
	account := []string{describe(summary)}
	for _, entry := range log {
		if entry.CycleID == summary.CycleID && entry.Status != provisioning.StatusSkipped {
			account = append(account, describeEntry(entry))
			account = append(account, describeFailure(entry.Error)...)
		}
	}
	if q := summary.Quarantine; q != nil {
		account = append(account, fmt.Sprintf("  quarantine %s: %s: %s", q.Reason, q.Error.Code, q.Error.Reason))
		account = append(account, describeFailure(&q.Error)...)
		account = append(account, "    next attempt: "+q.NextAttempt.UTC().Format(time.RFC3339))
	}
	return account
}

// describe counts in one line what a cycle did.
func describe(s provisioning.Summary) string {
	return fmt.Sprintf("Entra: %s cycle, %s: users %d created, %d updated, %d disabled, %d deleted; groups %d created, %d updated, %d deleted; members %d added, %d removed; %d requests",
		s.Cycle, s.Status, s.Users.Created, s.Users.Updated, s.Users.Disabled, s.Users.Deleted, s.Groups.Created, s.Groups.Updated, s.Groups.Deleted, s.Members.Added, s.Members.Removed, s.Requests)
}

// describeEntry tells of one object.
func describeEntry(e provisioning.LogEntry) string {
	line := fmt.Sprintf("  %s %s: %s", e.Action, e.Source, e.Status)
	var names []string
	for _, m := range e.Modified {
		names = append(names, m.Name)
	}
	if len(names) > 0 && e.Action == "update" {
		line += " (" + strings.Join(names, ", ") + ")"
	}
	if e.Error != nil {
		line += ": " + e.Error.Code + ": " + e.Error.Reason
	}
	return line
}

// describeFailure is our account of a failure, a line for each part.
func describeFailure(e *provisioning.ErrorInfo) []string {
	if e == nil {
		return nil
	}
	if e.Explanation == nil {
		if e.Action == "" {
			return nil
		}
		return []string{"    what to do: " + e.Action}
	}
	var lines []string
	for _, part := range []struct{ label, text string }{
		{"expected: ", e.Explanation.Expected}, {"got: ", e.Explanation.Got}, {"where: ", e.Explanation.Where},
		{"fix on the side of: ", string(e.Explanation.Fix)}, {"what to do: ", e.Explanation.Hint},
	} {
		if part.text != "" {
			lines = append(lines, "    "+part.label+part.text)
		}
	}
	return lines
}
