package idp

import (
	"fmt"
	"regexp"
)

var (
	guid    = regexp.MustCompile(`^[[:xdigit:]]{8}-(?:[[:xdigit:]]{4}-){3}[[:xdigit:]]{12}$`)
	country = regexp.MustCompile(`^[A-Z]{2}$`)
)

// check reports values that no tenant has.
func (c Config) check() error {
	switch {
	case c.TenantID != "" && !guid.MatchString(c.TenantID):
		return fmt.Errorf("tenant id %q: want a GUID such as 9f2c1a34-5b6d-4e7f-8a90-b1c2d3e4f506", c.TenantID)
	case c.CountryLetterCode != "" && !country.MatchString(c.CountryLetterCode):
		return fmt.Errorf("country letter code %q: want two capital letters, such as PT", c.CountryLetterCode)
	}
	return nil
}
