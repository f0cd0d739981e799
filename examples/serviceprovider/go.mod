module example.com/wiki

go 1.26.0

require (
	github.com/crewjam/saml v0.5.1
	github.com/idharness/harness v0.0.0
)

require (
	github.com/beevik/etree v1.8.1 // indirect
	github.com/dlclark/regexp2/v2 v2.13.0 // indirect
	github.com/golang-jwt/jwt/v4 v4.5.2 // indirect
	github.com/jonboulle/clockwork v0.5.0 // indirect
	github.com/mattermost/xml-roundtrip-validator v0.1.0 // indirect
	github.com/russellhaering/goxmldsig v1.6.1 // indirect
	go.yaml.in/yaml/v4 v4.0.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
)

// Leave this line out in your own repository.
replace github.com/idharness/harness => ../../
