package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/inspect"
)

// decodeFlags are what a message is held against, as it is typed.
type decodeFlags struct {
	certs, metadata                  []string
	key                              string
	at                               string
	skew                             time.Duration
	audience, destination, recipient string
	requestID                        string
	asJSON, full                     bool
}

func (p *process) decodeCommand() *cobra.Command {
	var f decodeFlags
	cmd := &cobra.Command{
		Use:   "decode [FILE]",
		Short: "Show what is in a SAML message, and check it",
		Long: `Decode shows a SAMLRequest, SAMLResponse, logout message, assertion or metadata
document, and checks it. It takes the message as you have it: a URL, a form body, a page
with a form, a HAR file, a line of a log, base64 (deflated or not) or XML, from FILE or,
without one, from standard input.

Exit status: 0 decoded, and what was asked for holds; 1 wrong usage; 2 it cannot be decoded;
3 a file or address cannot be read; 4 a check that was asked for failed.`,
		Example: `  pbpaste | harness decode
  harness decode response.txt --metadata federationmetadata.xml \
      --audience urn:example:sp --recipient https://sp.example.com/acs
  harness decode 'login.har' --cert idp.pem --time 2026-01-05T09:00:00Z --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(cmd)
			if err != nil {
				return err
			}
			input, err := p.input(args)
			if err != nil {
				return exit(exitUnreachable, err)
			}
			report, err := inspect.Inspect(input, o)
			if err != nil {
				return exit(exitInvalid, fmt.Errorf("not decodable: %w", err))
			}
			if err := p.show(report, f); err != nil {
				return exit(exitUnreachable, err)
			}
			if len(report.Failed()) > 0 {
				return exit(exitFailed, nil)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.certs, "cert", nil, "verify signatures with the certificates of `file` (PEM, DER or base64); may be repeated")
	flags.StringArrayVar(&f.metadata, "metadata", nil, "verify signatures and issuer with the metadata at a `file or URL`; may be repeated")
	flags.StringVar(&f.key, "key", "", "decrypt assertions with the private key of `file` (PEM or DER)")
	flags.StringVar(&f.at, "time", "", "judge validity at a `time` such as 2026-01-05T09:00:00Z, or now")
	flags.DurationVar(&f.skew, "skew", 0, "how much clocks may differ, such as 3m; judges validity")
	flags.StringVar(&f.audience, "audience", "", "the receiver's entity `id`")
	flags.StringVar(&f.destination, "destination", "", "the `address` that Destination must be")
	flags.StringVar(&f.recipient, "recipient", "", "the `address` that Recipient must be: the Assertion Consumer Service")
	flags.StringVar(&f.requestID, "request-id", "", "the `ID` of the request that is answered; \"\" for none")
	flags.BoolVar(&f.asJSON, "json", false, "print the same as JSON")
	flags.BoolVar(&f.full, "full", false, "print certificates, signature values and ciphertexts whole")
	return cmd
}

// options reads what the flags name.
func (f *decodeFlags) options(cmd *cobra.Command) (inspect.Options, error) {
	o := inspect.Options{
		Now: time.Now(), Skew: f.skew, JudgeTimes: f.at != "" || cmd.Flags().Changed("skew"),
		Audience: f.audience, Destination: f.destination, Recipient: f.recipient,
	}
	if f.skew < 0 {
		return o, errors.New("--skew cannot be negative")
	}
	if f.at != "" && f.at != "now" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return o, fmt.Errorf("--time %q: want a time such as 2026-01-05T09:00:00Z, or now", f.at)
		}
		o.Now = at
	}
	if cmd.Flags().Changed("request-id") {
		o.RequestID = &f.requestID
	}
	for _, name := range f.certs {
		data, err := readBounded(name)
		if err != nil {
			return o, exit(exitUnreachable, fmt.Errorf("--cert: %w", err))
		}
		certs, err := inspect.ParseCertificates(data)
		if err != nil {
			return o, exit(exitInvalid, fmt.Errorf("--cert %s: %w", name, err))
		}
		o.Certificates = append(o.Certificates, certs...)
	}
	for _, name := range f.metadata {
		data, err := readMetadata(cmd.Context(), name)
		if err != nil {
			return o, exit(exitUnreachable, fmt.Errorf("--metadata: %w", err))
		}
		issuers, certs, err := inspect.ParseMetadata(data)
		if err != nil {
			return o, exit(exitInvalid, fmt.Errorf("--metadata %s: %w", name, err))
		}
		o.Issuers, o.Certificates = append(o.Issuers, issuers...), append(o.Certificates, certs...)
	}
	if f.key != "" {
		data, err := readBounded(f.key)
		if err != nil {
			return o, exit(exitUnreachable, fmt.Errorf("--key: %w", err))
		}
		if o.Key, err = inspect.ParseKey(data); err != nil {
			return o, exit(exitInvalid, fmt.Errorf("--key %s: %w", f.key, err))
		}
	}
	return o, nil
}

// input reads the message: one byte more than may be, so that too long shows.
func (p *process) input(args []string) ([]byte, error) {
	if len(args) == 0 || args[0] == "-" {
		if p.Stdin == nil {
			return nil, errors.New("there is no standard input; name a file")
		}
		data, err := io.ReadAll(io.LimitReader(p.Stdin, inspect.MaxInput+1))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return data, nil
	}
	return readAtMost(args[0], inspect.MaxInput)
}

func readBounded(name string) ([]byte, error) {
	data, err := readAtMost(name, document.MaxBytes)
	if err == nil && len(data) > document.MaxBytes {
		return nil, fmt.Errorf("%s: longer than %d bytes", name, document.MaxBytes)
	}
	return data, err
}

// readAtMost reads a file up to one byte beyond a limit.
func readAtMost(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most+1))
}

// readMetadata reads a document from a file or an address.
func readMetadata(ctx context.Context, name string) ([]byte, error) {
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		return readBounded(name)
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, name, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", name, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, document.MaxBytes+1))
	if err == nil && len(data) > document.MaxBytes {
		err = fmt.Errorf("%s: longer than %d bytes", name, document.MaxBytes)
	}
	return data, err
}

// show prints a report. Nothing of it is colour but the words of verdicts, so
// that a message cannot pass its own text off as ours.
func (p *process) show(report *inspect.Report, f decodeFlags) error {
	if f.asJSON {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(report); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		_, err := p.Stdout.Write(inspect.EscapeJSON(b.Bytes()))
		return err
	}
	o := inspect.TextOptions{Full: f.full}
	if p.color() {
		colors := map[inspect.Verdict]string{inspect.Pass: "32", inspect.Fail: "31", inspect.Skipped: "90"} // green, red, grey
		o.Paint = func(v inspect.Verdict, text string) string { return "\x1b[" + colors[v] + "m" + text + "\x1b[0m" }
	}
	return report.WriteText(p.Stdout, o)
}
