// Package inspect reads a SAML message in whatever form a person has it, a URL,
// a form body, a line of a log, base64 or XML, and says what is in it and
// whether it holds: who signed what, for whom it is, and when it counts.
//
// Nothing of the input is trusted. What it shows of an assertion whose
// signature holds is read from the bytes that were signed.
package inspect

import (
	"crypto/rsa"
	"crypto/x509"
	"time"
)

// MaxInput bounds what is read in search of a message: a HAR file of a sign-in
// with its pages has a few megabytes.
const MaxInput = 32 << 20

// maxMessages bounds how many messages of one input are shown.
const maxMessages = 50

// Options are what a message is held against. What is left out is not asked
// for, and its absence fails nothing.
type Options struct {
	// Certificates that are trusted, all alike. Without any, signatures are
	// only checked for damage, with the certificate that they carry.
	Certificates []*x509.Certificate
	// Issuers are the entity ids that a message may come from.
	Issuers []string
	// Key decrypts assertions.
	Key *rsa.PrivateKey

	Now  time.Time     // what times are compared with
	Skew time.Duration // by how much clocks may differ
	// JudgeTimes makes the times a check that was asked for.
	JudgeTimes bool

	Audience    string
	Destination string
	Recipient   string
	// RequestID is the ID of the request that is answered; "" says that nothing
	// was asked, nil that it does not matter.
	RequestID *string
}

// Report is what was found in an input.
type Report struct {
	Messages []*Message `json:"messages"`
}

// Failed lists the checks that were asked for and failed.
func (r *Report) Failed() []Check {
	var out []Check
	for _, m := range r.Messages {
		for _, c := range m.Checks {
			if c.Asked && c.Verdict == Fail {
				out = append(out, c)
			}
		}
	}
	return out
}

// Inspect finds the messages of an input and reads them. The error is an
// *Error when there is none that can be read.
func Inspect(input []byte, o Options) (*Report, error) {
	if len(input) > MaxInput {
		return nil, &Error{Message: tooLong("the input", len(input), MaxInput)}
	}
	found, err := locate(string(input))
	if err != nil {
		return nil, err
	}
	if len(found) > maxMessages {
		return nil, &Error{Message: tooLong("the number of messages", len(found), maxMessages)}
	}
	report := &Report{}
	for _, f := range found {
		m, err := read(f, o)
		if err != nil {
			return nil, err
		}
		report.Messages = append(report.Messages, m)
	}
	return report, nil
}
