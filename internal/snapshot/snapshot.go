// Package snapshot has what the snapshots of all parts of the harness have in
// common: how their versions are compared and how their JSON form is read.
package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// CheckVersion refuses a version that the program does not read.
func CheckVersion(got, want int) error {
	if got != want {
		return fmt.Errorf("version is %d: this program reads version %d", got, want)
	}
	return nil
}

// Unmarshal reads the JSON form of a snapshot of a version into a value. The
// version comes first: what another one means by its members nobody here knows.
func Unmarshal(text []byte, version int, into any) error {
	got, err := versionOf(text)
	if err == nil {
		err = CheckVersion(got, version)
	}
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return explain(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

// versionOf reads as far as the version, which stands in front.
func versionOf(text []byte) (int, error) {
	none := errors.New("it has no version, so it is no snapshot")
	decoder := json.NewDecoder(bytes.NewReader(text))
	start, err := decoder.Token()
	if err != nil {
		return 0, explain(err)
	}
	if start != json.Delim('{') {
		return 0, none
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return 0, explain(err)
		}
		if name == "version" {
			var version int
			if decoder.Decode(&version) != nil {
				return 0, errors.New("version: it is no whole number")
			}
			return version, nil
		}
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return 0, explain(err)
		}
	}
	return 0, none
}

// Moved puts another base URL in the place of the one with which an address
// begins, if that is among those that moved: the longest counts.
func Moved(address string, moved map[string]string) string {
	longest := ""
	for from := range moved {
		rest, ok := strings.CutPrefix(address, from)
		if ok && len(from) > len(longest) && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
			longest = from
		}
	}
	if longest == "" {
		return address
	}
	return moved[longest] + address[len(longest):]
}

// explain says where in the JSON a mistake is.
func explain(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s: a JSON %s cannot be a %s (at byte %d)", kind.Field, kind.Value, kind.Type, kind.Offset)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("it is no JSON: %w (at byte %d)", err, syntax.Offset)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}
