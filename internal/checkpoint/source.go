package checkpoint

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/strict"
	"muflow/sim/learned"
)

// A Source is where one checkpoint stands.
type Source struct {
	Name  string   // of a folder, or of the files without what tells shards apart
	Step  int      // of the training, −1 if neither name nor metadata say it
	Files []string // safetensors
}

var (
	shardName = regexp.MustCompile(`^(.*?)[-_.]?(\d{1,6})-?of-?(\d{1,6})\.safetensors$`)
	stepName  = regexp.MustCompile(`(?i)(?:step|checkpoint|ckpt|epoch|iter)[-_=]?(\d{1,12})$`)
)

// Find sorts files and folders into checkpoints. A folder or an index
// (model.safetensors.index.json) is one. Files called …1of2, …2of2 are shards of
// one; every other file belongs to the one before if none of its tensors is
// there already, and begins a new one otherwise.
func Find(names []string) ([]Source, error) {
	var out []Source
	shards := map[string]int{} // the source of a stem
	var seen map[part]bool     // in the last source, if more files may join it
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, plain(err))
		case info.IsDir():
			s, err := folder(name)
			if err != nil {
				return nil, err
			}
			out, seen = append(out, s), nil
			continue
		case strings.HasSuffix(name, ".json"):
			files, err := indexed(name)
			if err != nil {
				return nil, err
			}
			out, seen = append(out, source(filepath.Dir(name), files...)), nil
			continue
		}
		if m := shardName.FindStringSubmatch(filepath.Base(name)); m != nil {
			stem := filepath.Join(filepath.Dir(name), m[1]) + " of " + m[3]
			if at, ok := shards[stem]; ok {
				out[at].Files = append(out[at].Files, name)
			} else {
				shards[stem] = len(out)
				out = append(out, source(strings.TrimSuffix(filepath.Join(filepath.Dir(name), m[1]), "/"), name))
			}
			seen = nil
			continue
		}
		have, err := partsIn(name)
		if err != nil {
			return nil, err
		}
		if seen != nil && !slices.ContainsFunc(have, func(p part) bool { return seen[p] }) {
			out[len(out)-1].Files = append(out[len(out)-1].Files, name)
		} else {
			out, seen = append(out, source(strings.TrimSuffix(name, ".safetensors"), name)), map[part]bool{}
		}
		for _, p := range have {
			seen[p] = true
		}
	}
	for i := range out {
		if err := out[i].complete(); err != nil {
			return nil, err
		}
	}
	return inOrder(out), nil
}

// source is a checkpoint of some files, called as a path ends.
func source(path string, files ...string) Source {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	s := Source{Name: filepath.Base(path), Step: -1, Files: files}
	for at := path; s.Step < 0 && len(at) >= len(filepath.Dir(path)); at = filepath.Dir(at) { // of the file or its folder
		if m := stepName.FindStringSubmatch(filepath.Base(at)); m != nil {
			s.Step, _ = strconv.Atoi(m[1])
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	return s
}

// complete refuses shards of which some are not there.
func (s *Source) complete() error {
	have := map[int]string{}
	total := 0
	for _, name := range s.Files {
		if m := shardName.FindStringSubmatch(filepath.Base(name)); m != nil {
			k, _ := strconv.Atoi(m[2])
			total, _ = strconv.Atoi(m[3])
			if before, ok := have[k]; ok {
				return fmt.Errorf("%s: shard %d of %d is there already: %s", name, k, total, before)
			}
			have[k] = name
		}
	}
	from := 1
	if have[0] != "" {
		from = 0 // counted from 0
	}
	for k := from; k < total+from && len(have) > 0; k++ {
		if have[k] == "" {
			return fmt.Errorf("%s: shard %d of %d is missing", s.Name, k, total)
		}
	}
	return nil
}

// inOrder sorts by step if every checkpoint has one of its own.
func inOrder(all []Source) []Source {
	seen := map[int]bool{}
	for _, s := range all {
		if s.Step < 0 || seen[s.Step] {
			return all
		}
		seen[s.Step] = true
	}
	slices.SortFunc(all, func(a, b Source) int { return a.Step - b.Step })
	return all
}

// folder finds the files of a checkpoint in a folder: those of the index, or all.
func folder(name string) (Source, error) {
	index := filepath.Join(name, "model.safetensors.index.json")
	if _, err := os.Stat(index); err == nil {
		files, err := indexed(index)
		return source(name, files...), err
	}
	files, err := filepath.Glob(filepath.Join(escapeGlob(name), "*.safetensors"))
	if err != nil || len(files) == 0 {
		if pickles, _ := filepath.Glob(filepath.Join(escapeGlob(name), "*.[bp][it][nh]*")); len(pickles) > 0 {
			return Source{}, fmt.Errorf("%s: a pickle, which can run any code when it is read: expected safetensors", pickles[0])
		}
		return Source{}, fmt.Errorf("%s: no *.safetensors in this folder", name)
	}
	return source(name, files...), nil
}

func escapeGlob(name string) string {
	return regexp.MustCompile(`[\\*?\[]`).ReplaceAllString(name, `\$0`)
}

// maxJSON bounds an index and a configuration.
const maxJSON = 1 << 22

func readJSON(name string, to any) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, plain(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: cannot be read: %w", name, plain(err))
	case len(text) > maxJSON:
		return fmt.Errorf("%s: more than %d bytes", name, maxJSON)
	}
	if err := strict.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// indexed reads the files of an index, which stand beside it.
func indexed(name string) ([]string, error) {
	var index struct {
		Map map[string]string `json:"weight_map"`
	}
	if err := readJSON(name, &index); err != nil {
		return nil, err
	}
	if len(index.Map) == 0 {
		return nil, fmt.Errorf("%s: no weight_map, expected the file of every tensor", name)
	}
	var files []string
	for _, file := range index.Map {
		if file == "" || file != filepath.Base(file) {
			return nil, fmt.Errorf("%s: the file %.60q, expected one beside the index", name, file)
		}
		files = append(files, filepath.Join(filepath.Dir(name), file))
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func partsIn(name string) (all []part, err error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.open.Close()
	for i := range f.tensors {
		p, _ := partOf(f.tensors[i].name) // openFile has read it
		all = append(all, p)
	}
	return all, nil
}

// A Checkpoint is a model that was read.
type Checkpoint struct {
	Name  string
	Step  int // −1 if unknown
	Model *learned.Model[float32]
}

// Read reads the model. heads is the number of heads, 0 for what the metadata
// or a config.json beside the file says.
func (s *Source) Read(heads int) (*Checkpoint, error) {
	var files []*file
	defer func() {
		for _, f := range files {
			f.open.Close()
		}
	}()
	for _, name := range s.Files {
		f, err := openFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	found, err := collect(files)
	if err != nil {
		return nil, err
	}
	c, err := shapeOf(found, s.Name)
	if err != nil {
		return nil, err
	}
	step, err := s.configure(&c, files, heads)
	if err != nil {
		return nil, err
	}
	m, err := learned.NewModel[float32](c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	if err := fillModel(m, found); err != nil {
		return nil, err
	}
	return &Checkpoint{s.Name, step, m}, nil
}

// configure finds the number of heads and the step, and holds what else is said
// of the model against it.
func (s *Source) configure(c *learned.Config, files []*file, heads int) (step int, err error) {
	step = s.Step
	if c.Heads, err = s.checkConfig(c); err != nil {
		return 0, err
	}
	for _, f := range files {
		for key, text := range f.metadata {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return 0, fmt.Errorf("%s: __metadata__: %s is %.30q, expected a number", f.name, key, text)
			}
			switch {
			case key == "step" && step < 0:
				step = n
			case key == "n_layer" && n != c.Layers:
				return 0, fmt.Errorf("%s: __metadata__: n_layer is %d, the tensors are of %d", f.name, n, c.Layers)
			case key == "n_head" && c.Heads != 0 && c.Heads != n && heads == 0:
				return 0, fmt.Errorf("%s: __metadata__: n_head is %d, and %d elsewhere", f.name, n, c.Heads)
			case key == "n_head":
				c.Heads = n
			}
		}
	}
	if heads > 0 {
		c.Heads = heads
	}
	if c.Heads == 0 {
		return 0, fmt.Errorf("%s: the number of heads is unknown: expected n_head in the metadata or in a config.json beside the file, or --heads", s.Name)
	}
	if c.Heads < 0 || c.Width%c.Heads != 0 {
		return 0, fmt.Errorf("%s: %d heads, expected a number that divides the width %d", s.Name, c.Heads, c.Width)
	}
	return step, nil
}

// checkConfig reads config.json beside the first file, if it is there, and
// refuses what this program does not compute.
func (s *Source) checkConfig(c *learned.Config) (heads int, err error) {
	name := filepath.Join(filepath.Dir(s.Files[0]), "config.json")
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	var config struct {
		Type       *string  `json:"model_type"`
		Activation *string  `json:"activation_function"`
		Epsilon    *float64 `json:"layer_norm_epsilon"`
		Scale      *bool    `json:"scale_attn_weights"`
		ByLayer    *bool    `json:"scale_attn_by_inverse_layer_idx"`
		Heads      *int     `json:"n_head"`
		Layers     *int     `json:"n_layer"`
		Width      *int     `json:"n_embd"`
		Inner      *int     `json:"n_inner"`
		Vocabulary *int     `json:"vocab_size"`
	}
	if err := readJSON(name, &config); err != nil {
		return 0, err
	}
	for _, x := range []struct {
		key string
		bad bool
		is  any
		not any
	}{
		{"model_type", differs(config.Type, "gpt2"), config.Type, "gpt2"},
		{"activation_function", differs(config.Activation, "gelu_new"), config.Activation, "gelu_new"},
		{"layer_norm_epsilon", differs(config.Epsilon, 1e-5), config.Epsilon, 1e-5},
		{"scale_attn_weights", differs(config.Scale, true), config.Scale, true},
		{"scale_attn_by_inverse_layer_idx", differs(config.ByLayer, false), config.ByLayer, false},
		{"n_layer", differs(config.Layers, c.Layers), config.Layers, c.Layers},
		{"n_embd", differs(config.Width, c.Width), config.Width, c.Width},
		{"n_inner", differs(config.Inner, 4*c.Width), config.Inner, 4 * c.Width},
		{"vocab_size", differs(config.Vocabulary, c.Vocabulary), config.Vocabulary, c.Vocabulary},
	} {
		if x.bad {
			return 0, fmt.Errorf("%s: %s is %v, expected %v", name, x.key, pointed(x.is), x.not)
		}
	}
	if config.Heads != nil {
		return *config.Heads, nil
	}
	return 0, nil
}

func differs[T comparable](x *T, want T) bool { return x != nil && *x != want }

func pointed(x any) any {
	switch x := x.(type) {
	case *string:
		return strconv.Quote((*x)[:min(len(*x), 40)])
	case *float64:
		return *x
	case *bool:
		return *x
	case *int:
		return *x
	}
	return x
}

// Sums returns the SHA-256 of the files.
func (s *Source) Sums() ([][]byte, error) {
	var out [][]byte
	for _, name := range s.Files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, plain(err))
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read: %w", name, plain(err))
		}
		out = append(out, sum.Sum(nil))
	}
	return out, nil
}
