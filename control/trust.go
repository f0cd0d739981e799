package control

import "github.com/idharness/harness/sp"

// Trust is what an exchange of metadata has set up on both sides.
type Trust struct {
	Entra struct {
		Identifier string `json:"identifier"`
		ReplyURL   string `json:"replyURL"`
	} `json:"entra"`
	IdentityCenter sp.Source `json:"identityCenter,omitzero"`

	Metadata *OwnMetadata `json:"metadata,omitempty" doc:"What a real system in the place of a mock must be given."`
}

// OwnMetadata are the metadata of a mock, for a real system to trust it.
type OwnMetadata struct {
	URL      string `json:"url"`
	Text     string `json:"text"`
	EntityID string `json:"entityID"`
	Location string `json:"location" doc:"Entra's sign-in address, or the ACS."`
}
