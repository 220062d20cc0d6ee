package main

import (
	"fmt"
	"net/http"
	"strings"
)

// serveRegistry stands in for every image registry, so that a pull ends at once
// and with a registry's own words instead of after a network's time-outs. It
// knows no image; repositories below private/ want a login that nobody has.
func serveRegistry(address string) error {
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/token":
			fmt.Fprintln(w, `{"token":"anonymous"}`)
		case r.URL.Path == "/v2/":
			fmt.Fprintln(w, `{}`)
		case strings.HasPrefix(r.URL.Path, "/v2/private/"):
			challenge := fmt.Sprintf(`Bearer realm="http://%s/token",service="registry"`, address)
			if r.Header.Get("Authorization") != "" {
				challenge += `,error="insufficient_scope"`
			}
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintln(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintln(w, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)
		}
	}))
}
