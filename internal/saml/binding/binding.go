// Package binding carries SAML messages in HTTP: the Redirect and the POST
// binding (saml-bindings-2.0-os, sections 3.4 and 3.5).
package binding

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// MaxMessage bounds a decoded message, in bytes.
const MaxMessage = 1 << 20

// Faults of an encoded message, told apart because services answer them
// differently.
var (
	ErrBase64  = errors.New("not base64")
	ErrDeflate = errors.New("not deflated")
	ErrTooLong = fmt.Errorf("longer than %d bytes", MaxMessage)
)

// Deflate encodes a message for the Redirect binding: raw DEFLATE, then base64.
// The result still wants URL escaping.
func Deflate(message []byte) (string, error) {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.DefaultCompression)
	if err != nil {
		return "", fmt.Errorf("deflate: %w", err)
	}
	if _, err := w.Write(message); err != nil {
		return "", fmt.Errorf("deflate: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("deflate: %w", err)
	}
	return base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}

// Inflate decodes the parameter of a Redirect binding, already URL-unescaped.
func Inflate(parameter string) ([]byte, error) {
	packed, err := decodeBase64(parameter)
	if err != nil {
		return nil, err
	}
	r := flate.NewReader(bytes.NewReader(packed))
	message, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDeflate, err)
	}
	if len(message) > MaxMessage {
		return nil, ErrTooLong
	}
	return message, nil
}

// EncodePOST encodes a message for a form field of the POST binding.
func EncodePOST(message []byte) string { return base64.StdEncoding.EncodeToString(message) }

// DecodePOST decodes a form field of the POST binding. White space inside the
// base64 is ignored, as section 3.5.4 asks for.
func DecodePOST(field string) ([]byte, error) {
	message, err := decodeBase64(field)
	if err != nil {
		return nil, err
	}
	return message, nil
}

func decodeBase64(s string) ([]byte, error) {
	if len(s) > MaxMessage*4/3+4 {
		return nil, ErrTooLong
	}
	s = strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == '\t' || r == ' ' {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return nil, fmt.Errorf("%w: empty", ErrBase64)
	}
	message, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrBase64, err)
	}
	return message, nil
}

// RedirectURL appends a message to the address of an endpoint, with RelayState
// unless it is empty.
func RedirectURL(endpoint, parameter string, message []byte, relayState string) (string, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("parse endpoint: %w", err)
	}
	packed, err := Deflate(message)
	if err != nil {
		return "", err
	}
	query := parameter + "=" + url.QueryEscape(packed)
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	if target.RawQuery != "" {
		query = target.RawQuery + "&" + query
	}
	target.RawQuery = query
	return target.String(), nil
}
