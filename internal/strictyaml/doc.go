// Package strictyaml reads YAML into Go structs and forgives nothing: unknown
// and repeated keys, wrong types and missing values are errors, each with its
// file, line and column, and all errors of a file are reported together.
//
//	file, err := strictyaml.Parse("login.yaml", data)
//	if err != nil { … }
//	var scenario Scenario
//	if errs := strictyaml.Decode(file.Root(), &scenario); len(errs) > 0 { … }
//
// # What is accepted
//
// One YAML 1.2 document in UTF-8 of at most 1 MiB, nested at most 100 deep.
// Plain scalars have the types of the core schema (YAML 1.2.2, section
// 10.3.2), so yes, on and 2026-01-05 are text, and 0123 is the number 123.
// Anchors and aliases work; a file that would unfold to more than MaxNodes
// nodes, or an alias inside its own anchor, is refused. Tags (!!binary, !mine)
// and merge keys (<<) are refused: neither belongs to the core schema.
// Keys of maps are text as written, whatever they would mean as a value.
package strictyaml
