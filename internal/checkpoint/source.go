package checkpoint

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muflow/sim/learned"
)

// A Source is where one checkpoint stands.
type Source struct {
	Name  string   // of a folder, or of the files without what tells shards apart
	Step  int      // of the training, −1 if neither name nor metadata say it
	Files []string // safetensors

	index    string            // the file that lists them, if there is one
	tensorIn map[string]string // what it says of every tensor
}

var (
	shardName = regexp.MustCompile(`^(.*?)[-_.]?(\d{1,6})-?of-?(\d{1,6})\.safetensors$`)
	stepName  = regexp.MustCompile(`(?i)(?:step|checkpoint|ckpt|epoch|iter)[-_=]?(\d{1,12})$`)
)

// Find sorts files and folders into checkpoints. An index
// (model.safetensors.index.json), or a folder with one, is a checkpoint; any
// other folder stands for its files. Files called …1of2, …2of2 are shards of
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
			inside, err := folder(name)
			if err != nil {
				return nil, err
			}
			out, seen = append(out, inside...), nil
			continue
		case strings.HasSuffix(name, ".json"):
			one, err := indexed(name)
			if err != nil {
				return nil, err
			}
			out, seen = append(out, one), nil
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
		if len(out) > 1 && out[i].Step < 0 {
			if err := out[i].readStep(); err != nil {
				return nil, err
			}
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
	if len(have) > total {
		return fmt.Errorf("%s: %d shards, expected %d", s.Name, len(have), total)
	}
	from := 1
	if have[0] != "" {
		from = 0 // counted from 0
	}
	for k := from; k < total+from; k++ {
		if have[k] == "" {
			return fmt.Errorf("%s: shard %d of %d is missing", s.Name, k, total)
		}
	}
	return nil
}

// readStep takes the step from the metadata of the first file.
func (s *Source) readStep() error {
	f, err := openFile(s.Files[0])
	if err != nil {
		return err
	}
	defer f.open.Close()
	if n, err := strconv.Atoi(f.metadata["step"]); err == nil && n >= 0 {
		s.Step = n
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

// folder finds the checkpoints in a folder: that of the index, or those of its
// files, named after the folder if there is one only.
func folder(name string) ([]Source, error) {
	index := filepath.Join(name, "model.safetensors.index.json")
	if _, err := os.Stat(index); err == nil {
		one, err := indexed(index)
		return []Source{one}, err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plain(err))
	}
	var files []string
	pickle := ""
	for _, e := range entries {
		switch path := filepath.Join(name, e.Name()); {
		case strings.HasSuffix(path, ".safetensors"):
			files = append(files, path)
		case isPickle(path, nil):
			pickle = path
		}
	}
	switch {
	case len(files) == 0 && pickle != "":
		return nil, fmt.Errorf("%s: %s", pickle, pickled)
	case len(files) == 0:
		return nil, fmt.Errorf("%s: no *.safetensors in this folder", name)
	}
	sources, err := Find(files)
	if len(sources) == 1 {
		sources[0] = source(name, sources[0].Files...)
	}
	return sources, err
}

// indexed reads an index, whose files stand beside it, as a checkpoint called
// as its folder.
func indexed(name string) (Source, error) {
	var index struct {
		Map map[string]string `json:"weight_map"`
	}
	if err := readJSON(name, &index); err != nil {
		return Source{}, err
	}
	if len(index.Map) == 0 {
		return Source{}, fmt.Errorf("%s: no weight_map, expected the file of every tensor", name)
	}
	folder := filepath.Dir(name)
	var files []string
	for _, tensor := range slices.Sorted(maps.Keys(index.Map)) {
		file := index.Map[tensor]
		if file == "" || file != filepath.Base(file) {
			return Source{}, fmt.Errorf("%s: the file %.60q, expected one beside the index", name, file)
		}
		index.Map[tensor] = filepath.Join(folder, file)
		files = append(files, index.Map[tensor])
	}
	slices.Sort(files)
	out := source(folder, slices.Compact(files)...)
	out.index, out.tensorIn = name, index.Map
	return out, nil
}

// checkIndex refuses an index that has a tensor where it is not.
func (s *Source) checkIndex(files []*file) error {
	in := map[string]map[string]bool{} // tensors by file
	for _, f := range files {
		in[f.name] = map[string]bool{}
		for i := range f.tensors {
			in[f.name][f.tensors[i].name] = true
		}
	}
	for _, tensor := range slices.Sorted(maps.Keys(s.tensorIn)) {
		if file := s.tensorIn[tensor]; !in[file][tensor] {
			return fmt.Errorf("%s: tensor %.80q, which %s does not have", s.index, tensor, filepath.Base(file))
		}
	}
	return nil
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
	if err := s.checkIndex(files); err != nil {
		return nil, err
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

// Sums returns the SHA-256 of the files.
func (s *Source) Sums() ([][]byte, error) {
	var out [][]byte
	for _, name := range s.Files {
		f, err := openRegular(name)
		if err != nil {
			return nil, err
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
