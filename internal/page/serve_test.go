//go:build !page

package page

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"path"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// started serves on a free port until the test ends, and returns the address.
func started(t *testing.T, s *Server) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr()
	if s.Time == 0 {
		s.Time = time.Minute
	}
	s.Parallel = max(s.Parallel, 1)
	server := s.HTTP()
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// echo answers with the arguments.
func echo(_ context.Context, r *Request) Answer { return Answer{Out: strings.Join(r.Args, " ")} }

// send asks with some headers, and returns the status and the body.
func post(t *testing.T, address, body string, headers map[string]string) (int, string) {
	t.Helper()
	r, err := http.NewRequest("POST", "http://"+address+"/ask", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestOnlyThePageItselfIsAnswered(t *testing.T) {
	address := started(t, &Server{Ask: echo})
	_, port, _ := net.SplitHostPort(address)
	const body = `{"args":["version"]}`
	for _, x := range []struct {
		headers map[string]string
		status  int
	}{
		{nil, 200},
		{map[string]string{"Origin": "http://" + address, "Sec-Fetch-Site": "same-origin"}, 200},
		{map[string]string{"Host": "localhost:" + port, "Origin": "http://localhost:" + port}, 200},
		{map[string]string{"Host": "evil.example"}, 403},
		{map[string]string{"Host": "evil.example:" + port}, 403},
		{map[string]string{"Host": "127.0.0.1:1"}, 403},
		{map[string]string{"Host": "127.0.0.1.evil.example:" + port}, 403},
		{map[string]string{"Host": "10.0.0.1:" + port}, 403},
		{map[string]string{"Origin": "http://evil.example"}, 403},
		{map[string]string{"Origin": "null"}, 403},
		{map[string]string{"Origin": "https://" + address}, 403},
		{map[string]string{"Origin": "http://localhost:" + port}, 403}, // another name is another origin
		{map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{map[string]string{"Sec-Fetch-Site": "none"}, 403},
		{map[string]string{"Content-Type": "text/plain"}, 415}, // which pages of others could send
		{map[string]string{"Content-Type": ""}, 415},
	} {
		if status, text := post(t, address, body, x.headers); status != x.status || (status == 200) != strings.Contains(text, `"out":"version"`) {
			t.Errorf("%v: %d %q, expected %d", x.headers, status, text, x.status)
		}
	}
}

func TestHostileRequestsAreRefused(t *testing.T) {
	address := started(t, &Server{Ask: echo})
	many := `"x"` + strings.Repeat(`,"x"`, maxArgs)
	for _, x := range []struct {
		body   string
		status int
	}{
		{``, 400}, {`[]`, 400}, {`{}`, 400}, {`{"args":[]}`, 400}, {`{"args":[` + many + `]}`, 400},
		{`{"args":["` + strings.Repeat("x", maxChars+1) + `"]}`, 400},
		{`{"args":["a\u0000b"]}`, 400},
		{`{"args":["version"],"args":["list"]}`, 400},
		{`{"args":["version"]} x`, 400},
		{`{"args":["version"],"files":{"../x":""}}`, 400},
		{`{"args":["version"],"files":{"/etc/passwd":""}}`, 400},
		{`{"args":["version"],"files":{"a\\b":""}}`, 400},
		{`{"args":["version"],"files":{"":""}}`, 400},
		{`{"args":["version"],"files":{"-":""}}`, 400},
		{`{"args":["version"],"files":{"..":""}}`, 400},
		{`{"args":["version"],"files":{"a\nb":""}}`, 400},
		{`{"args":["version"],"files":{"a\u001b[2Jb":""}}`, 400},
		{`{"args":["version"],"files":{"` + strings.Repeat("x", maxName+1) + `":""}}`, 400},
		{`{"args":["version"],"files":{"a":""},"binary":{"a":""}}`, 400},
		{`{"args":["version"],"binary":{"a":"not base64"}}`, 400},
		{`{"args":["version"],"files":{"a":"` + strings.Repeat("x", MaxBody) + `"}}`, 413},
		{`{"args":["version"],"files":{"<img src=x onerror=alert(1)>":"x"}}`, 200}, // a name, and text to the page
	} {
		if status, text := post(t, address, x.body, nil); status != x.status {
			t.Errorf("%.60s: %d %.80q, expected %d", x.body, status, text, x.status)
		}
	}
	for _, path := range []string{"/../serve.go", "/web/../../serve.go", "/%2e%2e/serve.go", "/vendor", "/ask", "/.", "/index.html/", "/theories/../../../go.mod"} {
		r, _ := http.NewRequest("GET", "http://"+address, nil)
		r.URL.Opaque = "//" + address + path
		answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == 200 {
			t.Errorf("GET %s: is answered", path)
		}
	}
}

func TestTheTokenIsNeeded(t *testing.T) {
	s := &Server{Ask: echo, Token: NewToken()}
	address := started(t, s)
	if status, _ := post(t, address, `{"args":["version"]}`, nil); status != 403 {
		t.Errorf("without the token: %d", status)
	}
	if status, _ := post(t, address, `{"args":["version"]}`, map[string]string{"Cookie": cookieName + "=" + NewToken()}); status != 403 {
		t.Errorf("with another token: %d", status)
	}
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	for _, x := range []struct {
		path   string
		status int
	}{{"/", 403}, {"/app.js?token=" + s.Token, 403}, {"/?token=x", 403}, {"/?token=" + s.Token, 200}, {"/app.js", 200}, {"/backend.json", 200}} {
		answer, err := client.Get("http://" + address + x.path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != x.status {
			t.Errorf("GET %s: %d, expected %d", x.path, answer.StatusCode, x.status)
		}
	}
}

// Ten requests that would run for ever: two run, some wait, the others are
// refused. That the first are cancelled stops their work and lets others run.
func TestWorkIsBoundedAndStops(t *testing.T) {
	var running, most atomic.Int32
	s := &Server{Parallel: 2, Waiting: 3, Ask: func(ctx context.Context, r *Request) Answer {
		if r.Args[0] == "version" {
			return Answer{Out: "quick"}
		}
		now := running.Add(1)
		defer running.Add(-1)
		for {
			if old := most.Load(); now <= old || most.CompareAndSwap(old, now) {
				break
			}
		}
		<-ctx.Done()
		return Answer{Code: 130}
	}}
	address := started(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	statuses := make(chan int, 10)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			r, _ := http.NewRequestWithContext(ctx, "POST", "http://"+address+"/ask", strings.NewReader(`{"args":["heavy"]}`))
			r.Header.Set("Content-Type", "application/json")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				statuses <- 0
				return
			}
			answer.Body.Close()
			statuses <- answer.StatusCode
		})
	}
	for range 5 { // beyond two that run and three that wait
		if status := <-statuses; status != http.StatusServiceUnavailable {
			t.Errorf("a request too many: %d", status)
		}
	}
	cancel()
	all.Wait()
	eventually(t, "all work has stopped", func() bool {
		return running.Load() == 0 && len(s.running) == 0 && len(s.waiting) == 0
	})
	if most.Load() != 2 {
		t.Errorf("%d at a time, expected 2", most.Load())
	}
	if status, text := post(t, address, `{"args":["version"]}`, nil); status != 200 || !strings.Contains(text, "quick") {
		t.Errorf("after that: %d %s", status, text)
	}
}

func TestTimeIsBounded(t *testing.T) {
	s := &Server{Time: 20 * time.Millisecond, Ask: func(ctx context.Context, _ *Request) Answer {
		<-ctx.Done()
		return Answer{Code: 3, Err: ctx.Err().Error()}
	}}
	if status, text := post(t, started(t, s), `{"args":["heavy"]}`, nil); status != 200 || !strings.Contains(text, "deadline") {
		t.Errorf("%d %s", status, text)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("not in time: %s", what)
}

// Every file comes with its type and the policy; the page holds no script and no
// style of its own, and names nothing outside of itself but a link to the paper.
func TestFilesFollowThePolicy(t *testing.T) {
	address := started(t, &Server{Ask: echo})
	files := Files()
	if len(files) < 15 {
		t.Fatalf("%d files", len(files))
	}
	for name := range files {
		answer, err := http.Get("http://" + address + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		h := answer.Header
		if err != nil || answer.StatusCode != 200 || h.Get("Content-Type") == "" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), Policy) || !bytes.Equal(text, files[name]) {
			t.Errorf("%s: %d, %v", name, answer.StatusCode, h)
		}
	}
	html := string(files["index.html"])
	if !strings.Contains(html, Policy) || strings.Contains(Policy, "unsafe-inline") {
		t.Error("index.html: has another policy")
	}
	for _, bad := range []string{"<style", "style=", "onclick=", "javascript:", "<script>", `src="http`, `src="//`} {
		if strings.Contains(html, bad) {
			t.Errorf("index.html: holds %s", bad)
		}
	}
	if n := strings.Count(html, "https://"); n != 1 {
		t.Errorf("index.html: %d addresses, expected that of the paper", n)
	}
	for _, bad := range []string{"web.go", "theories/theories.go"} {
		if _, there := files[bad]; there {
			t.Errorf("%s: is not of the page", bad)
		}
	}
	imported := regexp.MustCompile(`(?m)^import .* from '\./(.*)';$`)
	early := 0
	for name, text := range files { // a browser asks for all modules at once, not one after the other
		for _, m := range imported.FindAllSubmatch(text, -1) {
			if early++; path.Ext(name) == ".js" && !strings.Contains(html, `<link rel="modulepreload" href="`+string(m[1])+`">`) {
				t.Errorf("index.html: does not ask for %s, which %s imports", m[1], name)
			}
		}
	}
	if early < 10 {
		t.Errorf("%d imports", early)
	}
	lines := 0
	for name, text := range files {
		if strings.HasSuffix(name, ".js") && !strings.HasPrefix(name, "vendor/") {
			lines += bytes.Count(text, []byte("\n"))
			for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"} {
				if bytes.Contains(text, []byte(bad)) {
					t.Errorf("%s: uses %s, by which text could become markup", name, bad)
				}
			}
		}
	}
	if lines >= 2500 {
		t.Errorf("%d lines of script, expected fewer than 2500", lines)
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"args":["flow","--data","g.json"],"files":{"g.json":"[]"},"stdin":"eA=="}`))
	f.Add([]byte(`{"args":["version"],"binary":{"a":"H4s="}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRequest(text)
		if err != nil {
			return
		}
		for name := range r.Files {
			if strings.ContainsAny(name, "/\\\x00\n") {
				t.Errorf("%q", name)
			}
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRequest(again); err != nil && len(again) < MaxBody {
			t.Errorf("%s: %v", again, err)
		}
	})
}
