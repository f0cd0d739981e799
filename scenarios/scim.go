package scenarios

import (
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scimmock"
)

// scimSettings are a profile of the SCIM endpoint: the one that the key profile
// names, with the switches beside it set over it.
type scimSettings struct {
	scimmock.Profile
}

// UnmarshalNode reads the profile's name before the switches.
func (s *scimSettings) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	s.Profile = scimmock.AWS()
	if name := n.Get("profile"); name != nil {
		if named, ok := scimmock.Named(name.Text()); ok {
			s.Profile = named
		} // Decode refuses any other name
	}
	errs := strictyaml.Decode(n, &s.Profile)
	if len(errs) == 0 {
		if err := s.Check(); err != nil {
			errs = append(errs, n.Errorf("%v", err))
		}
	}
	return errs
}
