package browser

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ErrEncoding means that a form asks for a body that this browser does not build.
var ErrEncoding = errors.New("the browser sends forms only as " + urlEncoded)

// submission gives the navigation that submitting the form with button leads
// to, after set has filled in the fields. A nil button is what form.submit()
// does.
func (f *Form) submission(button *Button, set map[string]string) (navigation, error) {
	fields, err := f.filled(set)
	if err != nil {
		return navigation{}, err
	}
	method, encoding, action, actionErr := f.Method, f.Encoding, f.Action, f.actionErr
	if button != nil {
		if button.method != nil {
			method = formMethod(*button.method)
		}
		if button.encoding != nil {
			encoding = formEncoding(*button.encoding)
		}
		if button.action != nil {
			action, actionErr = f.page.actionURL(*button.action)
		}
	}
	switch {
	case method == "DIALOG":
		return navigation{}, fmt.Errorf("%s has method=dialog, which leads nowhere", f)
	case actionErr != nil:
		return navigation{}, fmt.Errorf("%s: %w", f, actionErr)
	case action == nil:
		return navigation{}, fmt.Errorf("%s has no action", f)
	case method == "POST" && encoding != urlEncoded:
		return navigation{}, fmt.Errorf("%s asks for %s: %w", f, encoding, ErrEncoding)
	}
	query := encodeEntries(entryList(fields, button))
	nav := navigation{method: method, from: f.page, referrerPolicy: f.referrerPolicy, form: true}
	target := *action
	nav.target = &target
	if method == "GET" { // the entries take the place of the action's own query
		nav.target.RawQuery, nav.target.ForceQuery = query, query == ""
		return nav, nil
	}
	nav.body, nav.contentType = []byte(query), urlEncoded
	return nav, nil
}

// String names the form in messages.
func (f *Form) String() string {
	switch {
	case f.ID != "":
		return fmt.Sprintf("form %q", f.ID)
	case f.Name != "":
		return fmt.Sprintf("form %q", f.Name)
	}
	return fmt.Sprintf("form %d of the page", slices.Index(f.page.forms, f)+1)
}

// filled gives the fields with the values of set. Hidden fields can be set too:
// a test may need to alter a message that a page carries.
func (f *Form) filled(set map[string]string) ([]Field, error) {
	fields := slices.Clone(f.Fields)
	for i := range fields {
		fields[i].Options = slices.Clone(fields[i].Options)
	}
	for name, value := range set {
		if err := fill(fields, name, value); err != nil {
			if errors.Is(err, errNoField) && slices.ContainsFunc(f.Buttons, func(b Button) bool { return b.Name == name }) {
				continue // it chooses a button
			}
			return nil, fmt.Errorf("%s: %w", f, err)
		}
	}
	return fields, nil
}

var errNoField = errors.New("no such field")

// fill puts value into the fields called name. Several fields may share a name;
// what a user would touch goes first: radio buttons, checkboxes, selects, text.
func fill(fields []Field, name, value string) error {
	var named []*Field
	var names []string
	for i := range fields {
		if fields[i].Name == name {
			named = append(named, &fields[i])
		}
		if fields[i].Name != "" && !slices.Contains(names, fields[i].Name) {
			names = append(names, fields[i].Name)
		}
	}
	if len(named) == 0 {
		return fmt.Errorf("%w as %q; there are %s", errNoField, name, strings.Join(names, ", "))
	}
	named = slices.DeleteFunc(named, func(f *Field) bool { return f.Disabled })
	if len(named) == 0 {
		return fmt.Errorf("field %q is disabled", name)
	}
	if radios := ofType(named, "radio"); len(radios) > 0 {
		return check(radios, value)
	}
	if boxes := ofType(named, "checkbox"); len(boxes) > 0 {
		return tick(boxes, value)
	}
	for _, f := range named {
		switch f.Type {
		case "select-one", "select-multiple":
			return choose(f, value)
		case "file":
			return fmt.Errorf("field %q takes a file, which this browser does not send", name)
		case "hidden":
			continue
		default:
			f.Value = value
			return nil
		}
	}
	named[0].Value = value // all are hidden
	return nil
}

func ofType(fields []*Field, kind string) []*Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return f.Type != kind })
}

func check(radios []*Field, value string) error {
	found := slices.IndexFunc(radios, func(f *Field) bool { return f.Value == value })
	if found < 0 {
		return fmt.Errorf("no radio button %q has the value %q", radios[0].Name, value)
	}
	for i, f := range radios {
		f.Checked = i == found
	}
	return nil
}

// tick leaves only the box with the value ticked, or none for an empty value. A
// single box can also be ticked with "on".
func tick(boxes []*Field, value string) error {
	found := slices.IndexFunc(boxes, func(f *Field) bool { return f.Value == value })
	if found < 0 && value == "on" && len(boxes) == 1 {
		found = 0
	}
	if found < 0 && value != "" {
		return fmt.Errorf("no checkbox %q has the value %q", boxes[0].Name, value)
	}
	for i, f := range boxes {
		f.Checked = i == found
	}
	return nil
}

func choose(f *Field, value string) error {
	found := slices.IndexFunc(f.Options, func(o Option) bool { return o.Value == value && !o.Disabled })
	if found < 0 {
		return fmt.Errorf("field %q has no option %q", f.Name, value)
	}
	for i := range f.Options {
		f.Options[i].Selected = i == found
	}
	f.Value = value
	return nil
}

// firstButton is what Enter or a user in a hurry presses: the first submit
// button that is not disabled, or one that set names.
func (f *Form) firstButton(set map[string]string) (*Button, error) {
	for name, value := range set {
		var named []*Button
		for i := range f.Buttons {
			if f.Buttons[i].Name == name {
				named = append(named, &f.Buttons[i])
			}
		}
		if len(named) == 0 || slices.ContainsFunc(f.Fields, func(field Field) bool { return field.Name == name }) {
			continue
		}
		for _, b := range named {
			if b.Value == value && !b.Disabled {
				return b, nil
			}
		}
		return nil, fmt.Errorf("%s: no button %q has the value %q", f, name, value)
	}
	for i := range f.Buttons {
		if !f.Buttons[i].Disabled {
			return &f.Buttons[i], nil
		}
	}
	return nil, nil // a form without a button is submitted with Enter
}

// button finds a button by its id, its name, its value or its text.
func (f *Form) button(label string) (*Button, error) {
	for _, key := range []func(Button) string{
		func(b Button) string { return b.ID }, func(b Button) string { return b.Name },
		func(b Button) string { return b.Value }, func(b Button) string { return b.Text },
	} {
		for i := range f.Buttons {
			if key(f.Buttons[i]) == label && label != "" {
				if f.Buttons[i].Disabled {
					return nil, fmt.Errorf("%s: button %q is disabled", f, label)
				}
				return &f.Buttons[i], nil
			}
		}
	}
	return nil, fmt.Errorf("%s has no button %q", f, label)
}

type entry struct{ name, value string }

// entryList is "constructing the entry list" of the HTML standard, as far as
// the form has no files. The pressed button has its place in tree order.
func entryList(fields []Field, button *Button) []entry {
	var entries []entry
	for i, f := range fields {
		if button != nil && button.at == i {
			entries = append(entries, button.entries()...)
		}
		entries = append(entries, f.entries()...)
	}
	if button != nil && button.at >= len(fields) {
		entries = append(entries, button.entries()...)
	}
	return entries
}

func (f Field) entries() []entry {
	switch {
	case f.Disabled || f.Name == "":
		return nil
	case f.Type == "checkbox" || f.Type == "radio":
		if !f.Checked {
			return nil
		}
	case strings.HasPrefix(f.Type, "select-"):
		var selected []entry
		for _, o := range f.Options {
			if o.Selected && !o.Disabled {
				selected = append(selected, entry{f.Name, o.Value})
			}
		}
		return selected
	case f.Type == "hidden" && strings.EqualFold(f.Name, "_charset_"):
		return []entry{{f.Name, "UTF-8"}}
	}
	return []entry{{f.Name, f.Value}}
}

func (b *Button) entries() []entry {
	switch {
	case b.image: // where on the picture the user clicked
		prefix := ""
		if b.Name != "" {
			prefix = b.Name + "."
		}
		return []entry{{prefix + "x", "0"}, {prefix + "y", "0"}}
	case b.Name == "":
		return nil
	}
	return []entry{{b.Name, b.Value}}
}

// encodeEntries is the application/x-www-form-urlencoded serializer of the URL
// standard, in UTF-8, after every newline has become CR LF.
func encodeEntries(entries []entry) string {
	var b strings.Builder
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(formEscape(e.name))
		b.WriteByte('=')
		b.WriteString(formEscape(e.value))
	}
	return b.String()
}

// formEscape differs from [url.QueryEscape] in two characters: the serializer
// keeps "*" and encodes "~".
func formEscape(s string) string {
	s = crlfNewlines.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return formCharacters.Replace(url.QueryEscape(s))
}

var (
	crlfNewlines   = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n")
	formCharacters = strings.NewReplacer("%2A", "*", "~", "%7E")
)
