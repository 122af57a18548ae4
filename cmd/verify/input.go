package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/theory"
)

// Bounds of what flags take.
const (
	maxDigits  = 10_000        // of --digits
	maxCount   = 1_000_000_000 // of instances and steps
	maxSteps   = 10_000_000    // of a training
	maxNumbers = 1_000_000     // that a list of ranges stands for
)

var (
	decimalForm  = regexp.MustCompile(`^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$`)
	fractionForm = regexp.MustCompile(`^\+?[0-9]+/[0-9]+$`)
)

// parsePositive reads a positive rational or decimal number exactly.
func parsePositive(text string) (*big.Rat, error) {
	if q, ok := parseNonNegative(text); ok && q.Sign() > 0 {
		return q, nil
	}
	return nil, errors.New("expected a positive finite number such as 1000, 0.5, 2/3 or 1e5")
}

// inFloat64 returns the float64 next to a positive number; 0 and infinity are errors.
func inFloat64(q *big.Rat) (float64, error) {
	x, _ := q.Float64()
	if x == 0 || math.IsInf(x, 0) {
		return 0, errors.New("expected a number from 5e-324 to 1.7e308, as trainings are in float64")
	}
	return x, nil
}

// parseNonNegative reads a rational or decimal number ≥ 0 exactly.
func parseNonNegative(text string) (*big.Rat, bool) {
	if len(text) > 10_000 || !decimalForm.MatchString(text) && !fractionForm.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// parseSigned reads a rational or decimal number of any sign exactly.
func parseSigned(text string) (*big.Rat, bool) {
	magnitude, negative := strings.CutPrefix(text, "-")
	q, ok := parseNonNegative(magnitude)
	if ok && negative {
		q.Neg(q)
	}
	return q, ok && !(negative && strings.HasPrefix(magnitude, "+"))
}

// parseWeights reads numbers ≥ 0 separated by commas, exactly.
func parseWeights(text string) ([]*big.Rat, error) {
	const most = 100_000
	parts := strings.Split(text, ",")
	if len(parts) > most {
		return nil, fmt.Errorf("%d numbers, expected at most %d", len(parts), most)
	}
	weights := make([]*big.Rat, len(parts))
	for i, part := range parts {
		q, ok := parseNonNegative(strings.TrimSpace(part))
		if !ok {
			return nil, fmt.Errorf("number %d: %q, expected a number ≥ 0 such as 0.5 or 2/3", i, shortened(strings.TrimSpace(part)))
		}
		weights[i] = q
	}
	return weights, nil
}

// parseLosses reads coconut, bfs or both.
func parseLosses(text string) ([]theory.Loss, error) {
	if text == "both" {
		return []theory.Loss{theory.Coconut, theory.CoconutBFS}, nil
	}
	loss, err := theory.ParseLoss(text)
	if err != nil {
		err = errors.New("expected coconut, bfs or both")
	}
	return []theory.Loss{loss}, err
}

// parseRange reads "20" or "14-28".
func parseRange(text string) ([2]int, error) {
	low, high, ok := bounds(text, 31)
	if !ok {
		return [2]int{}, errors.New("expected a number or a range such as 14-28")
	}
	return [2]int{int(low), int(high)}, nil
}

// bounds reads both ends of a range in so many bits; a number is one of itself.
func bounds(text string, bits int) (low, high uint64, ok bool) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	low, errLow := strconv.ParseUint(first, 10, bits)
	high, errHigh := strconv.ParseUint(last, 10, bits)
	return low, high, errLow == nil && errHigh == nil && low <= high
}

// parseNumbers reads different numbers and ranges, such as 1,3-5.
func parseNumbers(text string) ([]uint64, error) {
	bad := errors.New("expected different numbers and ranges such as 1,3-5")
	var out []uint64
	for _, part := range strings.Split(text, ",") {
		low, high, ok := bounds(part, 64)
		if !ok || high-low >= maxNumbers || len(out) > maxNumbers {
			return nil, bad
		}
		for n := low; ; n++ {
			out = append(out, n)
			if n == high {
				break
			}
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(out)))) != len(out) {
		return nil, bad
	}
	return out, nil
}

// open opens a file that a user names, - for standard input, and returns what
// to call it. Beside regular files it takes pipes, which give what they are
// written.
//
// A command that answers a request sees the files of the request and no others.
func (t *terminal) open(name string) (f io.ReadCloser, called string, err error) {
	if name == "-" {
		if t.consumed {
			return nil, name, usagef("standard input a second time, expected a file")
		}
		t.consumed = true
		if t.asked != nil {
			return openedText(t.asked.Stdin), "standard input", nil
		}
		return os.Stdin, "standard input", nil
	}
	if t.asked != nil {
		text, ok := t.asked.File(name)
		if !ok {
			return nil, name, usagef("%s: no such file or directory", name)
		}
		return openedText(text), name, nil
	}
	info, err := os.Stat(name) // first: to open a pipe waits for its writer
	if err == nil {
		switch mode := info.Mode(); {
		case mode.IsDir():
			return nil, name, usagef("%s: is a folder, expected a file", name)
		case !mode.IsRegular() && mode&fs.ModeNamedPipe == 0:
			return nil, name, usagef("%s: is a device, expected a file", name)
		}
		f, err = os.Open(name)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		return nil, name, usagef("%s: %w", name, err)
	}
	return f, name, nil
}

// isBuiltin reports whether --data names the built-in suite, or nothing.
func isBuiltin(file string) bool { return file == "" || file == builtinName }

// read has a function read all instances of a file, or of the built-in suite if
// none is named or its own name is, and notes what was read.
func (t *terminal) read(file string, all func(r *graph.Reader) error) error {
	if isBuiltin(file) {
		t.head.readFrom(builtinName)
		return all(graph.BuiltinReader())
	}
	f, name, err := t.open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return t.readStream(f, name, all)
}

// readStream is read for an open file.
func (t *terminal) readStream(f io.Reader, name string, all func(r *graph.Reader) error) error {
	sum := sha256.New()
	r := graph.NewReader(io.TeeReader(f, sum), name)
	if err := all(r); err != nil {
		return usage(err)
	}
	t.head.readFrom(sourceOf(name, sum.Sum(nil), r.Count))
	t.note(r.Paths, "%s: %d of %d instances without a path: a shortest one is taken", name, r.Paths, r.Count)
	t.note(r.Others, "%s: %d of %d instances without the other candidate: the lowest vertex that the root does not reach is taken", name, r.Others, r.Count)
	return nil
}

// loadInstances returns all instances of a file.
func (t *terminal) loadInstances(file string) ([]graph.Instance, error) {
	return t.loadFirst(file, math.MaxInt)
}

// loadFirst reads all instances of a file and returns the first.
func (t *terminal) loadFirst(file string, most int) (instances []graph.Instance, err error) {
	err = t.read(file, func(r *graph.Reader) error {
		instances, err = r.First(most)
		return err
	})
	return instances, err
}

// loadInstance reads all instances of a file and returns one.
func (t *terminal) loadInstance(file string, place int) (found *graph.Instance, err error) {
	err = t.read(file, func(r *graph.Reader) error {
		for {
			in, err := r.Next()
			switch {
			case err == io.EOF && found == nil:
				return fmt.Errorf("--instance %d, expected 0 to %d", place, r.Count-1)
			case err == io.EOF:
				return nil
			case err != nil:
				return err
			}
			if r.Count-1 == place {
				found = in
			}
		}
	})
	return found, err
}

// loadStepOf reads all instances of a file and returns one step of one.
func (t *terminal) loadStepOf(file string, place, c int, label graph.Law) (graph.Step, error) {
	in, err := t.loadInstance(file, place)
	if err != nil {
		return graph.Step{}, err
	}
	step, err := label.Step(in, c)
	if errors.Is(err, graph.ErrNoLabel) {
		return step, usagef("--label %v: step %d of instance %d has no label under this law", label, c, place)
	}
	if err != nil {
		return step, usagef("--step %d, expected 0 to %d: the demonstrated path of instance %d has %d steps", c, in.Steps()-1, place, in.Steps())
	}
	return step, nil
}

func sourceOf(name string, sum []byte, instances int) source {
	return source{Name: filepath.Base(name), SHA256: hex.EncodeToString(sum), Instances: instances}
}

// note keeps a message for standard error if some instances call for it.
func (t *terminal) note(count int, format string, a ...any) {
	if count > 0 {
		fmt.Fprintf(&t.notes, "verify: "+format+"\n", a...)
	}
}

// loadStep reads instances of which some has a step.
func (t *terminal) loadStep(file string, step int) ([]graph.Instance, error) {
	instances, err := t.loadInstances(file)
	if err != nil {
		return nil, err
	}
	return instances, checkStep(instances, "step", step)
}

func (t *terminal) loadProfile(file string) (*theory.Profile, error) {
	text, from, err := t.readWhole(file)
	if err != nil {
		return nil, err
	}
	p, err := theory.DecodeProfile(text)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	t.head.readFrom(from)
	return p, nil
}

// maxFileBytes bounds the size of a file that is read whole.
const maxFileBytes = 64 << 20

// readWhole reads a small file.
func (t *terminal) readWhole(file string) ([]byte, source, error) {
	f, name, err := t.open(file)
	if err != nil {
		return nil, source{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, source{}, usagef("%s: cannot be read", name)
	}
	if len(text) > maxFileBytes {
		return nil, source{}, usagef("%s: more than %d bytes", name, maxFileBytes)
	}
	sum := sha256.Sum256(text)
	return text, sourceOf(name, sum[:], 0), nil
}

// checkFolder refuses what is no folder.
func checkFolder(flag, name string) error {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return usagef("--%s: %s is not a folder", flag, name)
	}
	return nil
}

// checkThoughts refuses a number of thoughts beyond all demonstrated paths.
func checkThoughts(instances []graph.Instance, flag string, thoughts int) error {
	if most := graph.MostSteps(instances); thoughts > most {
		return usagef("--%s %d, expected 0 to %d: no instance has so many thoughts", flag, thoughts, most)
	}
	return nil
}

// checkLabels refuses steps at which no instance has a label of a law.
func checkLabels(instances []graph.Instance, law graph.Law, steps ...int) error {
	for _, c := range steps {
		for range law.StepsOf(instances, c) {
			return nil
		}
	}
	return unlabeled(law, steps)
}

// unlabeled says that no instance has a label of a law at some steps.
func unlabeled(law graph.Law, steps []int) error {
	return usagef("--label %v: no instance has a label at step %s under this law", law, strings.Trim(fmt.Sprint(steps), "[]"))
}

// checkStep refuses a step that no instance has.
func checkStep(instances []graph.Instance, flag string, step int) error {
	return stepBelow(graph.MostSteps(instances), flag, step)
}

// stepBelow refuses a step that no instance has, of which one has so many.
func stepBelow(most int, flag string, step int) error {
	if step >= most {
		return usagef("--%s %d, expected 0 to %d: no instance has such a step", flag, step, most-1)
	}
	return nil
}
