// Package matching compares what a scenario received with what its YAML file
// expects, and explains every difference at the line that expects otherwise.
//
//	for _, miss := range matching.Match(step.Expect, result) {
//		fmt.Println(miss.Detail())
//	}
//
// # What matches
//
// A map matches a map that has at least its keys. A list matches a list of the
// same length, element by element. A scalar matches exactly: 1 is 1.0, but "1"
// is not 1. Null matches null and absence alike, as in SCIM, where an
// attribute that is null has no value (RFC 7643, section 2.5); use $exists to
// tell the two apart. Everything else fails on a value that is absent.
//
// A map whose keys begin with $ is made of matchers, all of which must hold:
//
//	{$contains: […]}   list: every one is matched by some element; text: every one is a part of it
//	{$set: […]}        the same elements in any order, each used once
//	{$matches: regex}  text in which the regular expression (RE2) matches somewhere
//	{$exists: bool}    whether there is such a key at all
//	{$any: true}       anything, if it is there
//	{$not: …}          there, and not matching
//	{$gt: x} {$ge: x} {$lt: x} {$le: x}   numbers, durations (40m, 90d) or times (RFC 3339)
//	{$len: n}          length of a list or text, keys of a map; n may be a matcher
//
// A key that itself begins with $ is written with one more: $$ref stands for
// $ref.
package matching
