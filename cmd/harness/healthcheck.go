package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// controlAddr is where up listens for control by default.
const controlAddr = "127.0.0.1:8600"

func (p *process) healthcheckCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "healthcheck [URL]",
		Short: "Ask a running harness whether it is ready",
		Long: `healthcheck asks the control address of a running harness whether it is ready, and
ends with exit status 0 if it is and 1 if not: for containers, which need no shell
and no curl then. Without a URL it asks the address that HARNESS_UP_CONTROL_ADDR
gives to up, at ` + controlAddr + ` by default, over HTTP and, where HTTPS is served, over that.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if timeout <= 0 {
				return fmt.Errorf("--timeout %v: want more than nothing", timeout)
			}
			addresses, err := p.healthAddresses(args)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), timeout, fmt.Errorf("no answer within %v", timeout))
			defer cancel()
			for _, address := range addresses {
				var status int
				if status, err = askReady(ctx, address); err == nil {
					return nil
				}
				if status != http.StatusBadRequest { // as a server of HTTPS answers HTTP
					break
				}
			}
			return exit(exitUsage, err) // 1: all that Docker allows for unhealthy
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Second, "how `long` to wait for the answer")
	return cmd
}

// healthAddresses lists what to ask, in this order, until one is ready.
func (p *process) healthAddresses(args []string) ([]string, error) {
	if len(args) == 1 {
		u, err := url.Parse(args[0])
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("URL %q: want the control address as http(s)://host:port", args[0])
		}
		if strings.Trim(u.Path, "/") == "" {
			u.Path = "/readyz"
		}
		return []string{u.String()}, nil
	}
	addr, _ := p.LookupEnv("HARNESS_UP_CONTROL_ADDR")
	addr = cmp.Or(addr, controlAddr)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("variable HARNESS_UP_CONTROL_ADDR: want host:port: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() { // all interfaces, loopback among them
		host = "127.0.0.1"
	}
	addr = net.JoinHostPort(host, port)
	return []string{"http://" + addr + "/readyz", "https://" + addr + "/readyz"}, nil
}

// askReady returns nil if what answers at an address says that it is ready, and
// the status of the answer.
func askReady(ctx context.Context, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	// Nothing secret is sent and only the status is read, so that whose
	// certificate it is does not matter; its authority is not in the container.
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
			err = cause
		}
		return 0, fmt.Errorf("ask %s: %w", address, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 200))
		return resp.StatusCode, fmt.Errorf("%s answered %s: %s", address, resp.Status, strings.TrimSpace(string(text)))
	}
	return resp.StatusCode, nil
}
