module example.com/people

go 1.26.0

require (
	github.com/elimity-com/scim v0.0.0-20260728105928-2641426a1539
	github.com/idharness/harness v0.0.0
)

require (
	github.com/beevik/etree v1.8.1 // indirect
	github.com/dlclark/regexp2/v2 v2.13.0 // indirect
	github.com/jonboulle/clockwork v0.5.0 // indirect
	github.com/q-uint/parser v0.3.1 // indirect
	github.com/q-uint/xsd-datetime v1.0.0 // indirect
	github.com/russellhaering/goxmldsig v1.6.1 // indirect
	github.com/scim2/filter-parser/v2 v2.3.1 // indirect
	go.yaml.in/yaml/v4 v4.0.0 // indirect
	golang.org/x/net v0.62.0 // indirect
)

// Leave this line out in your own repository.
replace github.com/idharness/harness => ../../
