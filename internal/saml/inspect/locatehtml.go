package inspect

import (
	"strings"

	"golang.org/x/net/html"
)

// locateHTML finds the hidden fields by which a page posts a message.
func locateHTML(text string) []found {
	var all []found
	var relayState *string
	tokens := html.NewTokenizer(strings.NewReader(text))
	tokens.SetMaxBuf(MaxInput)
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end
			for i := range all {
				all[i].relayState = relayState
			}
			return all
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if token.Data != "input" {
				continue
			}
			var name, value string
			for _, a := range token.Attr {
				switch a.Key {
				case "name":
					name = a.Val
				case "value":
					value = a.Val
				}
			}
			switch name {
			case "SAMLRequest", "SAMLResponse":
				all = append(all, found{source: "HTML form", parameter: name, value: value})
			case "RelayState":
				relayState = &value
			}
		}
	}
}
