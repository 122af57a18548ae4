package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"muflow/prove"
)

// What is shown of a step agrees with a count over its edges and vertices in
// float64, and its profile gives the same equilibrium.
func TestDataShowAgreesWithCounts(t *testing.T) {
	instances := []string{
		`{"vertices":6,"edges":[[0,1],[0,5],[1,0],[1,2],[5,2],[1,3]],"root":0,"target":3,"other":4,"path":[0,1,3]}`,
		`{"vertices":7,"edges":[[0,1],[0,2],[1,3],[2,3],[1,4],[3,5],[4,5],[0,5]],"root":0,"target":5,"other":6,"path":[0,2,3,5]}`,
	}
	text := "[" + instances[0] + "," + instances[1] + "]"
	data := write(t, text)
	var graphs []struct {
		Vertices int
		Edges    [][2]int
		Root     int
		Path     []int
	}
	if err := json.Unmarshal([]byte(text), &graphs); err != nil {
		t.Fatal(err)
	}
	for _, alpha := range []float64{0.01, 1, 3} {
		code, stdout, stderr := call("data", "show", data, "--json", "--alpha", strconv.FormatFloat(alpha, 'g', -1, 64))
		var got struct {
			Steps []struct {
				Instance, Step, N, K int
				TargetDegree         int `json:"target_degree"`
				MinDegree            int `json:"d_min"`
				MaxDegree            int `json:"d_max"`
				Start                int `json:"start_sign"`
				Premises             []string
				Status               string
				Mu                   *prove.Number
				Profile              json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitFine || len(got.Steps) != 5 {
			t.Fatalf("exit %d, %v, %s%s", code, err, stderr, stdout)
		}
		for _, s := range got.Steps {
			g := graphs[s.Instance]
			reached := map[int]bool{g.Root: true}
			for range s.Step {
				for _, e := range slices.Clone(g.Edges) {
					if reached[e[0]] && !reached[-1-e[1]] {
						reached[-1-e[1]] = true
					}
				}
				for v := range g.Vertices {
					if reached[-1-v] {
						reached[v] = true
					}
				}
			}
			k := 0
			degrees := make([]int, g.Vertices)
			for v := range g.Vertices {
				if reached[v] {
					k++
				}
			}
			for _, e := range g.Edges {
				if reached[e[0]] {
					degrees[e[1]]++
				}
			}
			sum, weights := 0.0, 0.0
			for v, d := range degrees {
				w := 1.0
				if reached[v] {
					w = math.Exp(alpha / math.Sqrt(float64(k)))
				}
				sum, weights = sum+w*float64(d), weights+w
			}
			start := float64(degrees[g.Path[s.Step+1]]) - sum/weights
			if s.N != g.Vertices || s.K != k || s.TargetDegree != degrees[g.Path[s.Step+1]] || s.MinDegree != slices.Min(degrees) || s.MaxDegree != slices.Max(degrees) {
				t.Errorf("%+v, expected degrees %v and K = %d", s, degrees, k)
			}
			if sign := int(math.Copysign(1, start)); math.Abs(start) > 1e-12 && s.Start != sign || math.Abs(start) < 1e-12 && s.Start != 0 {
				t.Errorf("α = %v, instance %d, step %d: sign %d, expected that of %v", alpha, s.Instance, s.Step, s.Start, start)
			}
			if positive := slices.Contains(s.Premises, "T1b") && s.Start > 0; positive != slices.Contains(s.Premises, "T1b-positive") {
				t.Errorf("sign %d and premises %v", s.Start, s.Premises)
			}
			if (s.Mu != nil) != (s.Status == "finite") {
				t.Errorf("%s with %v", s.Status, s.Mu)
			}
			profile := write(t, string(s.Profile))
			_, byProfile, _ := call("equilibrium", "--profile", profile, "--json", "--alpha", strconv.FormatFloat(alpha, 'g', -1, 64))
			_, byData, _ := call("equilibrium", "--data", data, "--instance", strconv.Itoa(s.Instance), "--step", strconv.Itoa(s.Step), "--json", "--alpha", strconv.FormatFloat(alpha, 'g', -1, 64))
			if !sameResult([]byte(byProfile), []byte(byData)) || byData == "" {
				t.Errorf("%s and %s", byProfile, byData)
			}
		}
	}
	refused(t, "an instance beyond", []string{"expected 0 to 1"}, "data", "show", data, "--instance", "2")
	refused(t, "a file that is not there", []string{"no such file"}, "data", "show", filepath.Join(t.TempDir(), "x"))
}
