package scenarios

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// told tells of a refusal, a line for each part of its explanation.
func told(what string, why *refusal.Refusal) []string {
	first := what + ": " + why.Code
	if why.Message != "" {
		first += ": " + why.Message
	}
	lines := []string{first}
	for _, part := range []struct{ label, text string }{
		{"expected", why.Expected}, {"got", why.Got}, {"at", why.Where}, {"fix on the side of", string(why.Fix)}, {"hint", why.Hint},
	} {
		if part.text != "" {
			lines = append(lines, "  "+part.label+": "+part.text)
		}
	}
	return lines
}

// maxAnswer bounds what the account shows of an answer, in characters.
const maxAnswer = 300

// answered tells what an answer says that is no success: its text in one line.
func answered(status int, body any) []string {
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		if err != nil {
			return nil
		}
		text = string(data)
	}
	text = strings.Join(strings.Fields(text), " ")
	if status < http.StatusBadRequest || text == "" {
		return nil
	}
	if runes := []rune(text); len(runes) > maxAnswer {
		text = string(runes[:maxAnswer]) + "…"
	}
	return []string{"  it says: " + text}
}
