package browser_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/clock"
)

// A service provider keeps the state of a sign-in in a SameSite=Lax cookie. The
// identity provider's page posts back from another site, so the cookie does not
// come along, and the hops say so.
func Example() {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())

	mux.HandleFunc("GET 127.0.0.1/start", func(w http.ResponseWriter, r *http.Request) { // the service provider
		http.SetCookie(w, &http.Cookie{Name: "state", Value: "s1", Path: "/", SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, "http://localhost:"+port+"/saml2", http.StatusFound)
	})
	mux.HandleFunc("GET localhost/saml2", func(w http.ResponseWriter, r *http.Request) { // the identity provider
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method=post action="http://127.0.0.1:%s/acs"><input type=hidden name=SAMLResponse value=x></form>
			<script>document.forms[0].submit()</script>`, port)
	})
	mux.HandleFunc("POST 127.0.0.1/acs", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("state"); err != nil {
			http.Error(w, "unknown sign-in", http.StatusForbidden)
		}
	})

	b := browser.New(browser.Config{Clock: clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))})
	defer b.Close()
	page, err := b.Open(context.Background(), "http://127.0.0.1:"+port+"/start")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page.Status)
	for _, hop := range page.Hops {
		fmt.Println(hop.Method, "because of:", hop.Why)
		for _, cookie := range hop.CookiesWithheld {
			fmt.Println(" ", cookie)
		}
	}
	// Output:
	// 403
	// GET because of: typed
	// GET because of: redirect
	// POST because of: self-submitting form
	//   cookie state was not sent: SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1
}

func ExampleBrowser_Submit() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.Method == http.MethodPost {
			fmt.Fprintf(w, "<p id=hello>Hello, %s</p>", r.FormValue("login"))
			return
		}
		fmt.Fprint(w, `<form name=f1 method=post><input name=login><input name=passwd type=password><input type=submit value="Sign in"></form>`)
	}))
	defer server.Close()

	ctx := context.Background()
	b := browser.New(browser.Config{})
	defer b.Close()
	page, err := b.Open(ctx, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	form, _ := page.Form("f1")
	page, err = b.Submit(ctx, form, map[string]string{"login": "ana@contoso.example", "passwd": "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page.Find("hello"))
	// Output: Hello, ana@contoso.example true
}

func ExampleConfig_hold() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.Method == http.MethodPost {
			fmt.Fprintf(w, "<title>%s</title>", r.FormValue("RelayState"))
			return
		}
		fmt.Fprint(w, `<body onload="document.forms[0].submit()"><form method=post><input type=hidden name=RelayState value=portal></form>`)
	}))
	defer server.Close()

	ctx := context.Background()
	b := browser.New(browser.Config{Hold: func(f *browser.Form) bool { return true }})
	defer b.Close()
	page, err := b.Open(ctx, server.URL) // stops at the form
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err = b.SubmitAsScript(ctx, page.Forms()[0], map[string]string{"RelayState": "https://evil.example/"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page.Title())
	// Output: https://evil.example/
}
