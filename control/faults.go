package control

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/scimmock"
)

// signInFault is a refusal of sign-ins that nothing is wrong with.
type signInFault struct {
	Code    string `json:"code" required:"true" doc:"The AADSTS code, such as AADSTS50053."`
	Message string `json:"message,omitempty" doc:"Instead of Entra's own text; needed where that is not known."`
	Times   int    `json:"times" doc:"How many sign-ins it meets. Default: 1."`
}

// maxTimes bounds how many sign-ins are refused: each is armed on its own.
const maxTimes = 10_000

// number is that of the code.
func (f signInFault) number() (int, error) {
	digits, ok := strings.CutPrefix(f.Code, "AADSTS")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n <= 0 {
		p := badRequest("code is "+strconv.Quote(clip(f.Code)), "code", "")
		p.Expected, p.Got = "AADSTS and a number", clip(f.Code)
		return 0, p
	}
	if f.Message == "" && !idp.KnowsFault(n) {
		return 0, badRequest("the text of "+f.Code+" is not known", "code", "give a message")
	}
	return n, nil
}

func (s *Server) faultRoutes() []route {
	return []route{
		send(http.MethodPut, "/v1/faults/entra-sign-in", "setSignInFault", "Refuses the next sign-ins at Entra with an AADSTS code, in the place of what was armed before.", `{"code": "AADSTS50053", "times": 2}`, s.setSignInFault),
		read(http.MethodDelete, "/v1/faults/entra-sign-in", "clearSignInFaults", "Disarms what no sign-in has met.", func(*call) (nothing, error) {
			s.cfg.Entra.ClearFaults()
			return nothing{}, nil
		}),
		makes("/v1/faults/scim", "addSCIMFault", "Arms a fault of the SCIM endpoint. Of several that a request meets the one that was armed first counts.", `{"operation": "CreateUser", "status": 429, "retryAfter": "10s", "times": 2}`,
			func(_ *call, f scimmock.Fault) ([]scimmock.ArmedFault, error) {
				if err := s.cfg.SCIM.Fail(f); err != nil {
					return nil, err
				}
				return s.cfg.SCIM.Faults(), nil
			}),
		read(http.MethodGet, "/v1/faults/scim", "scimFaults", "The faults of the SCIM endpoint, with what each let pass and met.", func(*call) ([]scimmock.ArmedFault, error) { return s.cfg.SCIM.Faults(), nil }),
		read(http.MethodDelete, "/v1/faults/scim", "clearSCIMFaults", "Disarms all faults of the SCIM endpoint and says how they ended.", func(*call) ([]scimmock.ArmedFault, error) { return s.cfg.SCIM.ClearFaults(), nil }),
	}
}

func (s *Server) setSignInFault(_ *call, f signInFault) (signInFault, error) {
	n, err := f.number()
	if err != nil {
		return signInFault{}, err
	}
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Times < 0 || f.Times > maxTimes {
		p := badRequest("times is "+strconv.Itoa(f.Times), "times", "")
		p.Expected = "1 to " + strconv.Itoa(maxTimes)
		return signInFault{}, p
	}
	var message []string
	if f.Message != "" {
		message = []string{f.Message}
	}
	s.cfg.Entra.ClearFaults()
	for range f.Times {
		if err := s.cfg.Entra.FailNext(n, message...); err != nil {
			return signInFault{}, err
		}
	}
	return f, nil
}
