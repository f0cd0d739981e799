package awsapi

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shape is what a text member must satisfy.
type shape struct {
	min, max int
	pattern  string // in the service's words
	matches  *regexp.Regexp
}

func newShape(min, max int, pattern string) shape {
	return shape{min: min, max: max, pattern: pattern, matches: regexp.MustCompile(`^(?:` + strings.ReplaceAll(pattern, `\u00`, `\x`) + `)$`)}
}

// Shapes of the SDK models identitystore 2020-06-15 and sso-admin 2020-07-20.
var (
	identityStoreID     = newShape(1, 36, `d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	resourceID          = newShape(1, 47, `([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}`)
	attributePath       = newShape(1, 255, `(?:\p{L}+:\p{L}+:\p{L}+(?:\.\p{L}+){0,3}|\p{L}+(?:\.\p{L}+){0,2})`)
	storeToken          = newShape(1, 65535, `[-a-zA-Z0-9+=/:_]*`)
	instanceARN         = newShape(10, 1224, `arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}`)
	permissionSetARN    = newShape(10, 1224, `arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16}`)
	permissionSetName   = newShape(1, 32, `[\w+=,.@-]+`)
	description         = newShape(1, 700, `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`)
	relayState          = newShape(1, 240, `[a-zA-Z0-9&$@#\\\/%?=~\-_'"|!:,.;*+\[\]\ \(\)\{\}]+`)
	accountID           = newShape(12, 12, `\d{12}`)
	uuid                = newShape(36, 36, `\b[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}\b`)
	managedPolicyARN    = newShape(20, 2048, `arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b|aws-iso-e|aws-iso-f|aws-eusc):iam::aws:policy((/[A-Za-z0-9\.,\+@=_-]+)*)/([A-Za-z0-9\.,\+=@_-]+)`)
	policyName          = newShape(1, 128, `[\w+=,.@-]+`)
	policyPath          = newShape(1, 512, `((/[A-Za-z0-9\.,\+@=_-]+)*)/`)
	inlinePolicy        = newShape(1, 32768, `[\u0009\u000A\u000D\u0020-\u00FF]+`)
	taggableARN         = newShape(10, 2048, `arn:aws(-[a-z]{1,5}){0,3}:sso::((:instance/(sso)?ins-[a-zA-Z0-9-.]{16})|(:permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16})|(\d{12}:application/(sso)?ins-[a-zA-Z0-9-.]{16}/apl-[a-zA-Z0-9]{16})|(\d{12}:trustedTokenIssuer/(sso)?ins-[a-zA-Z0-9-.]{16}/tti-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}))`)
	accessControlKey    = newShape(1, 128, `[\p{L}\p{Z}\p{N}_.:\/=+\-@]+`)
	accessControlSource = newShape(0, 256, `[\p{L}\p{Z}\p{N}_.:\/=+\-@\[\]\{\}\$\\"]*`)
	tagKey              = newShape(1, 128, `([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`)
	tagValue            = newShape(0, 256, `([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`)
	adminToken          = newShape(0, 2048, `[-a-zA-Z0-9+=/_]*`)
)

// sessionDuration has a pattern that looks ahead, which RE2 cannot: the
// instance refuses what this one lets through, such as P and PT.
var sessionDuration = shape{
	min: 1, max: 100,
	pattern: `(-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?`,
	matches: regexp.MustCompile(`^(-?)P(?:\d+Y)?(?:\d+M)?(?:\d+[DW])?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$`),
}

// violations collects what is wrong with a request, so that one error tells
// all of it.
type violations []string

func (v *violations) add(format string, args ...any) { *v = append(*v, fmt.Sprintf(format, args...)) }

func (v *violations) err() error {
	switch n := len(*v); n {
	case 0:
		return nil
	case 1:
		return invalid(fmt.Sprintf(violationFound, (*v)[0]), "")
	default:
		return invalid(fmt.Sprintf(violationsFound, n, strings.Join(*v, "; ")), "")
	}
}

func (v *violations) required(member string, value *string, s shape) {
	if value == nil {
		v.add(nullValue, member)
		return
	}
	v.optional(member, value, s)
}

func (v *violations) optional(member string, value *string, s shape) {
	if value == nil {
		return
	}
	at := fmt.Sprintf(brokenValue, *value, member)
	switch length := utf8.RuneCountInString(*value); {
	case length < s.min:
		v.add("%s"+tooShort, at, s.min)
	case length > s.max:
		v.add("%s"+tooLong, at, s.max)
	}
	if !s.matches.MatchString(*value) {
		v.add("%s"+noMatch, at, s.pattern)
	}
}

func (v *violations) enum(member string, value *string, required bool, allowed ...string) {
	switch {
	case value == nil && required:
		v.add(nullValue, member)
	case value != nil && !slices.Contains(allowed, *value):
		v.add(brokenValue+notInEnum, *value, member, strings.Join(allowed, ", "))
	}
}

// count checks the length of a list whose elements the error does not show.
func (v *violations) count(member string, n, min, max int) {
	switch {
	case n < min:
		v.add(hiddenValue+tooShort, member, min)
	case n > max:
		v.add(hiddenValue+tooLong, member, max)
	}
}

// lowerFirst names a member as error texts do.
func lowerFirst(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first)) + name[size:]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
