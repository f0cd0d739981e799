package idp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

const maxForm = 2 << 20 // bytes of a POST body

// commonTenant stands in paths for whatever tenant a user belongs to.
const commonTenant = "common"

// Handler serves the tenant: sign-in and sign-out, federation metadata, My Apps.
// Paths are compared without regard to case, as the real service does.
func (t *Tenant) Handler() http.Handler {
	return t.gate.Guard(t.trace.Middleware("entra", http.HandlerFunc(t.serve)))
}

func (t *Tenant) serve(w http.ResponseWriter, r *http.Request) {
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(segments) == 3 && strings.EqualFold(segments[0], "api") && strings.EqualFold(segments[1], "signin"):
		id := r.URL.Query().Get("tenantId")
		if (id == "" || t.ours(w, r, id, "query parameter tenantId")) && t.allow(w, r, http.MethodGet) {
			t.serveUserAccess(w, r, segments[2])
		}
	case strings.EqualFold(strings.Join(segments, "/"), launchPath):
		if t.allow(w, r, http.MethodGet) {
			t.serveLaunch(w, r)
		}
	case len(segments) == 1 && strings.EqualFold(segments[0], "kmsi"):
		if t.allow(w, r, http.MethodPost) {
			t.serveStaySignedIn(w, r)
		}
	case len(segments) < 2:
		if segments[0] == "" && t.allow(w, r, http.MethodGet) {
			http.Redirect(w, r, t.MyAppsURL(), http.StatusFound)
			return
		}
		http.NotFound(w, r)
	default:
		t.serveTenant(w, r, segments[0], segments[1:])
	}
}

func (t *Tenant) serveTenant(w http.ResponseWriter, r *http.Request, tenant string, rest []string) {
	const get, post = http.MethodGet, http.MethodPost
	var perApp string
	if len(rest) == 2 && strings.EqualFold(rest[0], "saml2") {
		rest, perApp = rest[:1], rest[1]
	}
	var methods []string
	var serve func()
	switch strings.ToLower(strings.Join(rest, "/")) {
	case "federationmetadata/2007-06/federationmetadata.xml":
		methods, serve = []string{get}, func() { t.serveMetadata(w, r, tenant) }
	case "saml2":
		methods, serve = []string{get, post}, func() { t.serveSAML(w, r, tenant, perApp) }
	case "login":
		methods, serve = []string{post}, func() { t.serveLogin(w, r) }
	case "getcredentialtype":
		methods, serve = []string{post}, func() { t.serveGetCredentialType(w, r) }
	case "reprocess":
		methods, serve = []string{post}, func() { t.serveReprocess(w, r) }
	case "changepassword":
		methods, serve = []string{post}, func() { t.serveChangePassword(w, r) }
	case "sas/beginauth":
		methods, serve = []string{post}, func() { t.serveBeginAuth(w, r) }
	case "sas/endauth":
		methods, serve = []string{post}, func() { t.serveEndAuth(w, r) }
	case "sas/processauth":
		methods, serve = []string{post}, func() { t.serveProcessAuth(w, r) }
	case "proofup":
		methods, serve = []string{post}, func() { t.serveProofUp(w, r) }
	case "resume":
		methods, serve = []string{get}, func() { t.serveResume(w, r) }
	case "myapps":
		methods, serve = []string{get}, func() { t.serveMyApps(w, r) }
	case "logout":
		methods, serve = []string{get, post}, func() { t.serveSignOutPage(w, r) }
	case "logoutsession":
		methods, serve = []string{get}, func() { t.serveLogoutSession(w, r) }
	default:
		http.NotFound(w, r)
		return
	}
	if t.ours(w, r, tenant, "URL path") && t.allow(w, r, methods...) {
		serve()
	}
}

// ours reports whether tenant names this tenant: by GUID, by verified domain or
// as common.
func (t *Tenant) ours(w http.ResponseWriter, r *http.Request, tenant, where string) bool {
	if strings.EqualFold(tenant, t.ID()) || strings.EqualFold(tenant, t.Domain()) || strings.EqualFold(tenant, commonTenant) {
		return true
	}
	t.refuse(w, r, nil, aadsts(90002, fmt.Sprintf(text90002, tenant), refusal.Refusal{
		Expected: t.ID() + " or " + t.Domain(), Got: tenant, Where: where, Fix: refusal.Request,
	}))
	return false
}

func (t *Tenant) allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	for _, method := range methods {
		if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
			return true
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return false
}

func (t *Tenant) internalError(w http.ResponseWriter, r *http.Request, err error) {
	trace.From(r.Context()).Check("internal", false, err.Error())
	t.logger.Error("serve", "path", r.URL.Path, "error", err)
	http.Error(w, "the mock failed: "+err.Error(), http.StatusInternalServerError)
}
