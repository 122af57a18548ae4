package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A question is what the page asks its server.
type question struct {
	Args  []string          `json:"args"`
	Files map[string]string `json:"files,omitempty"`
}

// pageTasks ask a server what the page does, over HTTP: all of the first screen,
// and the proof and the two flows of another α, at which nothing is known yet.
func pageTasks(setup Setup) []Task {
	var first []question
	fetch := func(ctx context.Context) (err error) {
		if first == nil {
			err = setup.ask(ctx, http.MethodGet, "/first.json", nil, &first)
		}
		return err
	}
	moved := 0
	return []Task{
		{Name: "page, all answers of the first screen", Rounds: 5, Limit: 1, Ours: func(ctx context.Context) (float64, error) {
			if err := fetch(ctx); err != nil {
				return 0, err
			}
			return setup.answers(ctx, first)
		}},
		{Name: "page, the answers to another α", Rounds: 5, Limit: 1, Ours: func(ctx context.Context) (float64, error) {
			if err := fetch(ctx); err != nil {
				return 0, err
			}
			moved++
			alpha := fmt.Sprintf("%d/100", 100+moved)
			var asked []question
			for _, q := range first {
				if at := slices.Index(q.Args, "--alpha"); at >= 0 {
					q.Args = slices.Clone(q.Args)
					q.Args[at+1] = alpha
					asked = append(asked, q)
				}
			}
			return setup.answers(ctx, asked)
		}},
	}
}

// answers asks one question after the other and returns the seconds until the last
// answer.
func (s Setup) answers(ctx context.Context, list []question) (float64, error) {
	start := time.Now()
	for _, q := range list {
		text, err := json.Marshal(q)
		if err != nil {
			return 0, err
		}
		var answer struct {
			Code     int
			Out, Err string
		}
		if err := s.ask(ctx, http.MethodPost, "/ask", text, &answer); err != nil {
			return 0, err
		}
		if answer.Code != 0 || answer.Out == "" {
			return 0, fmt.Errorf("%v: code %d: %s", q.Args, answer.Code, answer.Err)
		}
	}
	return time.Since(start).Seconds(), nil
}

// ask sends one request to the page's server.
func (s Setup) ask(ctx context.Context, method, path string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, s.Page+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, response.Status, strings.TrimSpace(string(text)))
	}
	return json.Unmarshal(text, into)
}
