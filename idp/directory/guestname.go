package directory

import "strings"

// GuestName is the name that a guest has at home: alias_theirdomain#EXT#@ourdomain
// becomes alias@theirdomain (learn.microsoft.com, "Properties of a Microsoft
// Entra B2B collaboration user"). Other names stay.
func GuestName(userPrincipalName string) string {
	before, _, found := strings.Cut(userPrincipalName, "#EXT#@")
	at := strings.LastIndexByte(before, '_')
	if !found || at < 0 {
		return userPrincipalName
	}
	return before[:at] + "@" + before[at+1:]
}
