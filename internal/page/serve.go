//go:build !page

package page

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"
	"time"
)

// Policy is the content security policy of the page: everything from the page's
// own address, no script and no style in the text of the page.
const Policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"

// A Server answers the requests of browsers.
type Server struct {
	Ask      Ask
	Address  net.Addr      // where it listens
	Token    string        // that browsers have to show; none if empty
	Time     time.Duration // of one request
	Parallel int           // requests at a time
	Waiting  int           // further requests that wait; beyond them they are refused
	running  chan struct{}
	waiting  chan struct{}
}

// NewToken returns 128 random bits.
func NewToken() string { return rand.Text() }

// Handler returns the handler of all addresses of the page.
func (s *Server) Handler() http.Handler {
	s.running = make(chan struct{}, s.Parallel)
	s.waiting = make(chan struct{}, s.Parallel+s.Waiting)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ask", s.ask)
	mux.HandleFunc("GET /backend.json", func(w http.ResponseWriter, _ *http.Request) {
		send(w, map[string]string{"backend": "native"})
	})
	mux.Handle("GET /", serveFiles())
	return s.guard(mux)
}

// HTTP returns a server with bounds of its own for what browsers send.
func (s *Server) HTTP() *http.Server {
	return &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: s.Time + 2*time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
}

// cookieName is that of the cookie that holds the token.
const cookieName = "verify"

// guard refuses what does not come from the page itself: another host (a name
// that was made to lead here), another origin, a browser without the token.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy+"; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		origin, site := r.Header["Origin"], r.Header.Get("Sec-Fetch-Site")
		switch {
		case !s.ownHost(r.Host):
			http.Error(w, "verify: this host is not the one that serves", http.StatusForbidden)
		case len(origin) > 1 || len(origin) == 1 && origin[0] != "http://"+r.Host:
			http.Error(w, "verify: the page of another origin asks", http.StatusForbidden)
		case site != "" && site != "same-origin" && (site != "none" || r.Method != http.MethodGet) && !navigates(r):
			http.Error(w, "verify: the page of another site asks", http.StatusForbidden)
		case s.Token != "" && r.Method == http.MethodGet && r.URL.Path == "/" && same(r.URL.Query().Get("token"), s.Token):
			http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case s.Token != "" && !s.known(r):
			http.Error(w, "verify: open the address that verify serve printed, with its token", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// navigates reports whether a browser follows a link to the page, which it may
// from anywhere.
func navigates(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// known reports whether a request shows the token.
func (s *Server) known(r *http.Request) bool {
	for _, c := range r.CookiesNamed(cookieName) {
		if same(c.Value, s.Token) {
			return true
		}
	}
	return false
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// ownHost reports whether a host of a request is where the server listens. On
// addresses beyond this machine, where the token guards, it may be any address
// by number, as the machine has several.
func (s *Server) ownHost(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil { // port 80 is not named
		name, port = strings.Trim(host, "[]"), "80"
	}
	listening, own, err := net.SplitHostPort(s.Address.String())
	if err != nil || port != own {
		return false
	}
	ip := net.ParseIP(name)
	if s.Token != "" {
		return ip != nil || name == "localhost"
	}
	return name == "localhost" || ip != nil && (ip.IsLoopback() || ip.Equal(net.ParseIP(listening)))
}

// ask answers a request.
func (s *Server) ask(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "verify: expected application/json", http.StatusUnsupportedMediaType)
		return
	}
	select {
	case s.waiting <- struct{}{}:
	default:
		http.Error(w, "verify: too many requests at a time", http.StatusServiceUnavailable)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var request *Request
	if err == nil {
		request, err = ParseRequest(text)
	}
	if err != nil {
		<-s.waiting
		code := http.StatusBadRequest
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			code = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "verify: "+err.Error(), code)
		return
	}
	select {
	case s.running <- struct{}{}:
	case <-r.Context().Done():
		<-s.waiting
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.Time)
	defer cancel()
	answers := make(chan Answer, 1)
	go func() { // which holds its place until the work has ended, whoever still waits
		defer func() { <-s.running; <-s.waiting }()
		answers <- s.Ask(ctx, request)
	}()
	select {
	case a := <-answers:
		send(w, a)
	case <-r.Context().Done():
	}
}

// send writes a value as JSON.
func send(w http.ResponseWriter, value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		http.Error(w, "verify: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(text.Bytes())
}

// types of the files of the front end, which the system's own table may not know.
var types = map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml", ".star": "text/plain; charset=utf-8", ".txt": "text/plain; charset=utf-8"}

// serveFiles returns the handler of the files of the front end.
func serveFiles() http.HandlerFunc {
	files := Files()
	return func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		text, ok := files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", types[path.Ext(name)])
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
	}
}
