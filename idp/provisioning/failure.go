package provisioning

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failure is why one object could not be provisioned.
type failure struct {
	code       string
	reason     string
	status     int           // HTTP status, or 0
	credential bool          // the target did not accept the token: the whole cycle must stop
	retryAfter time.Duration // the pause that the target asked for

	request     string     // method and path, without the query, whose values may be redacted
	detail      string     // what the target said
	handshake   *handshake // what is wrong with the target's TLS
	explanation *Explanation
}

// Error gives code and reason.
func (f *failure) Error() string { return f.code + ": " + f.reason }

func fail(code, reason string) *failure { return &failure{code: code, reason: reason} }

// transient reports whether the documentation promises a retry in the next
// cycle, however often it failed before ("How to analyze the Microsoft Entra
// provisioning logs", error codes).
func (f *failure) transient() bool {
	switch f.code {
	case codeTimeout, codeInternalServerError, codeProtocolError, codeInternalError, codeTooManyRequests:
		return true
	}
	return false
}

// uncertain reports whether the target may have done what it was asked for:
// there was no answer, or not one that says yes or no.
func (f *failure) uncertain() bool { return f.status < 300 || f.status >= 500 }

// transportFailure is for a request to which no whole answer came.
func transportFailure(err error) *failure {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return fail(codeTimeout, fmt.Sprintf(textTimeout, err))
	}
	f := fail(codeProtocolError, fmt.Sprintf(textProtocol, err))
	f.handshake = handshakeTrouble(err)
	return f
}

// statusFailure is for an answer that refuses the request.
func statusFailure(r *reply, now time.Time) *failure {
	f := &failure{
		code:   codeOf(r),
		reason: fmt.Sprintf(textStatusReason, statusName(r.status), shorten(r.text())),
		status: r.status, request: r.request(), detail: r.said(),
	}
	f.credential = r.status == http.StatusUnauthorized
	if r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable {
		f.retryAfter = retryAfter(r.header.Get("Retry-After"), now)
	}
	return f
}

func codeOf(r *reply) string {
	switch {
	case r.status == http.StatusUnauthorized:
		return codeUnauthorized
	case r.status == http.StatusForbidden:
		return codeInsufficientRights
	case r.status == http.StatusNotFound || r.status == http.StatusGone:
		return codeInvalidAnchor
	case r.status == http.StatusMethodNotAllowed:
		return codeMethodNotAllowed
	case r.status == http.StatusNotImplemented:
		return codeNotImplemented
	case r.status == http.StatusConflict:
		return codeEntryConflict
	case r.status == http.StatusTooManyRequests:
		return codeTooManyRequests
	case r.status == http.StatusRequestTimeout || r.status == http.StatusGatewayTimeout:
		return codeTimeout
	case r.status >= 500:
		return codeInternalServerError
	case r.status >= 400:
		return codeOfContent(r)
	default:
		return codeServiceIncompatible
	}
}

// codeOfContent tells refusals with status 400 or 422 apart by what the error
// says: the scimType of RFC 7644 section 3.12 where that leaves no doubt, else
// its detail. invalidValue has two meanings there, a value that is missing and
// one that does not fit. MandatoryFieldsMissing is for users who "couldn't be
// created" ("How to analyze the Microsoft Entra provisioning logs"), so a change
// does not get it, whatever words the target has for it.
func codeOfContent(r *reply) string {
	scimType, detail := r.scimError()
	detail = strings.ToLower(detail)
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(detail, word) })
	}
	switch scimType {
	case "uniqueness":
		return codeEntryConflict
	case "invalidPath", "noTarget":
		return codeAttributeNotFound
	case "mutability", "invalidFilter", "tooMany", "invalidVers", "sensitive":
		return codeUnprocessable
	}
	switch {
	case says("unknown attribute", "no such attribute"):
		return codeAttributeNotFound
	case r.method == http.MethodPost && says("required", "missing", "must not be null"):
		return codeMandatoryMissing
	default:
		return codeUnprocessable
	}
}

// statusName spells a status as .NET's HttpStatusCode does.
func statusName(status int) string {
	if text := http.StatusText(status); text != "" {
		return strings.ReplaceAll(text, " ", "")
	}
	return strconv.Itoa(status)
}

// shorten keeps log entries readable when a target answers with a page.
func shorten(text string) string {
	const most = 2000
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// retryAfter reads seconds or an HTTP date. An HTTP date is real time, which a
// virtual clock need not follow, so it counts only where it lies ahead.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(header)); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 30*24*3600)) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil && date.After(now) {
		return min(date.Sub(now), 30*24*time.Hour)
	}
	return 0
}
