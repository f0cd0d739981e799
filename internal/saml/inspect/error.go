package inspect

import "fmt"

// Error says why an input cannot be read as a SAML message.
type Error struct {
	Stage   string // what was being decoded, such as base64; empty: the input
	Where   string // the position in it
	Message string
	Hint    string
}

func (e *Error) Error() string {
	text := printable(e.Message)
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	if e.Stage != "" {
		text = e.Stage + ", " + text
	}
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

func tooLong(what string, got, most int) string {
	return fmt.Sprintf("%s is %d, more than %d", what, got, most)
}
