package report

import (
	"errors"
	"fmt"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A TrainingRun is the result of one training, as far as figures need it.
type TrainingRun struct {
	Preset string           `json:"preset"`
	Loss   string           `json:"loss"`
	Seed   uint64           `json:"seed"`
	Series []map[string]any `json:"series"`
}

// LoadTraining reads the --json output of verify train, or the folder of a
// finished one.
func LoadTraining(name string) (*TrainingRun, error) {
	file := name
	read := runlog.ReadFile
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		file = filepath.Join(name, "result.json")
		read = func(string) ([]byte, error) { return runlog.ReadIn(name, "result.json", runlog.MaxDocument) }
	}
	text, err := read(file)
	if err != nil {
		return nil, err
	}
	return decodeTraining(file, text)
}

func decodeTraining(file string, text []byte) (*TrainingRun, error) {
	var run struct {
		Schema string `json:"schema"`
		TrainingRun
	}
	if err := strict.Unmarshal(text, &run); err != nil {
		return nil, fmt.Errorf("%s: %v", file, err)
	}
	if run.Schema != "muflow/train/1" || len(run.Series) == 0 {
		return nil, fmt.Errorf("%s: schema %q with %d points, expected the --json output of verify train", file, run.Schema, len(run.Series))
	}
	return &run.TrainingRun, nil
}

// probe returns what a path like gap.0 finds in the points of the series, with
// their steps; points without it are left out.
func (r *TrainingRun) probe(path string) (steps, values []float64, err error) {
	parts := strings.Split(path, ".")
	for i, point := range r.Series {
		step, ok := point["step"].(float64)
		if !ok {
			return nil, nil, fmt.Errorf("point %d without a step", i)
		}
		at := point[parts[0]]
		for _, index := range parts[1:] {
			list, _ := at.([]any)
			k, err := strconv.Atoi(index)
			if err != nil || k < 0 {
				return nil, nil, fmt.Errorf("probe %q: expected a key and perhaps indices, like gap.0", path)
			}
			if at = nil; k < len(list) {
				at = list[k]
			}
		}
		if x, ok := at.(float64); ok {
			steps, values = append(steps, step), append(values, x)
		}
	}
	if len(values) == 0 {
		return nil, nil, fmt.Errorf("probe %q: no number in the series of preset %s", path, r.Preset)
	}
	return steps, values, nil
}

// probeNames are the names of common probes on axes and in legends.
var probeNames = map[string]string{
	"mu": "mean diagonal of the score matrix", "nu": "mean beside the diagonal", "value_gain": "value gain", "gap": "gap of the attention logit", "gap_all": "gap to all other edges",
	"gap_in_layer_1": "gap in layer 1", "mass": "softmax mass on the next frontier", "answer": "right answers", "hop_accuracy": "accuracy by exact hop",
	"mean_loss": "loss", "attention_mass": "attention on the frontier's edges", "effective_gain": "effective value gain", "unevenness": "unevenness of the next frontier",
	"cumulative": "softmax mass on all that the step reaches", "evenness": "evenness of the thought",
	"added_logit": "what attention adds", "logit_spread": "deviation of the logit in the frontier",
}

// probeName names a probe.
func probeName(path string) string {
	key, index, found := strings.Cut(path, ".")
	name := probeNames[key]
	if name == "" {
		name = strings.ReplaceAll(key, "_", " ")
	}
	if k, err := strconv.Atoi(index); err == nil && perHop[key] {
		return fmt.Sprintf("%s, hop %d", name, k+1)
	}
	if found {
		name += " " + index
	}
	return name
}

// perHop are the probes with an entry for each number of thoughts.
var perHop = map[string]bool{
	"gap": true, "gap_all": true, "gap_in_layer_1": true, "gap_at_target": true, "mass": true, "cumulative": true, "hop_accuracy": true, "reach_accuracy": true, "path_accuracy": true,
	"evenness": true, "attention_mass": true, "effective_gain": true, "unevenness": true, "added_logit": true, "logit_spread": true,
}

// TrainingFigure draws probes of several trainings over their steps, one curve
// each. Runs that differ by the seed only share a colour and a name, and what
// all curves have in common is not named.
func TrainingFigure(runs []*TrainingRun, probes []string) (*Figure, error) {
	if len(runs) == 0 || len(probes) == 0 {
		return nil, errors.New("no runs or no probes")
	}
	type group struct {
		preset, loss, probe string
		seeds               []uint64
		curves              []Curve
	}
	var groups []*group
	values := [3]map[string]bool{{}, {}, {}}
	for _, probe := range probes {
		for _, run := range runs {
			steps, y, err := run.probe(probe)
			if err != nil {
				return nil, err
			}
			at := slices.IndexFunc(groups, func(g *group) bool { return g.preset == run.Preset && g.loss == run.Loss && g.probe == probe })
			if at < 0 {
				at = len(groups)
				groups = append(groups, &group{preset: run.Preset, loss: run.Loss, probe: probe})
			}
			g := groups[at]
			g.seeds = append(g.seeds, run.Seed)
			g.curves = append(g.curves, Curve{X: steps, Y: y, Hue: at})
			values[0][run.Preset], values[1][run.Loss], values[2][probe] = true, true, true
		}
	}
	f := &Figure{Room: true, XLabel: "step", YLabel: probeName(probes[0])}
	if len(probes) > 1 {
		f.YLabel = ""
	}
	var common []string
	for k, text := range []string{runs[0].Preset, runs[0].Loss} {
		if len(values[k]) == 1 {
			common = append(common, text)
		}
	}
	f.Title = strings.Join(common, ", ")
	for _, g := range groups {
		var name []string
		for k, text := range []string{g.preset, g.loss, probeName(g.probe)} {
			if len(values[k]) > 1 {
				name = append(name, text)
			}
		}
		g.curves[0].Name = strings.Join(append(name, seedsName(g.seeds)), ", ")
		f.Curves = append(f.Curves, g.curves...)
	}
	return f, nil
}

// seedsName names seeds, three or more in a row by the first and the last.
func seedsName(seeds []uint64) string {
	row := len(seeds) > 2
	var texts []string
	for i, s := range seeds {
		row = row && s == seeds[0]+uint64(i)
		texts = append(texts, strconv.FormatUint(s, 10))
	}
	switch {
	case len(seeds) == 1:
		return "seed " + texts[0]
	case row:
		return fmt.Sprintf("seeds %s–%s", texts[0], texts[len(texts)-1])
	}
	return "seeds " + strings.Join(texts, " ")
}
