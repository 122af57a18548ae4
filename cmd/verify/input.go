package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
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

// parseNonNegative reads a rational or decimal number ≥ 0 exactly.
func parseNonNegative(text string) (*big.Rat, bool) {
	if len(text) > 10_000 || !decimalForm.MatchString(text) && !fractionForm.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
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

func parseLoss(text string) (theory.Loss, error) {
	loss, err := theory.ParseLoss(text)
	if err != nil {
		err = errors.New("expected coconut or bfs")
	}
	return loss, err
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

// loadInstances reads --data, or the built-in suite if no file is named.
func loadInstances(file string) ([]graph.Instance, error) {
	if file == "" {
		return graph.Builtin()
	}
	instances, err := graph.Load(file)
	return instances, usage(err)
}

// loadStep reads instances of which some has a step.
func loadStep(file string, step int) ([]graph.Instance, error) {
	instances, err := loadInstances(file)
	if err != nil {
		return nil, err
	}
	return instances, checkStep(instances, "step", step)
}

// maxFileBytes bounds the size of a file that is read whole.
const maxFileBytes = 64 << 20

func loadProfile(file string) (*theory.Profile, error) {
	text, err := readWhole(file)
	if err != nil {
		return nil, err
	}
	p, err := theory.DecodeProfile(text)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	return p, nil
}

// readWhole reads a small file.
func readWhole(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, usagef("%s: %w", file, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, usagef("%s: is a folder, expected a JSON file", file)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, usagef("%s: cannot be read", file)
	}
	if len(text) > maxFileBytes {
		return nil, usagef("%s: more than %d bytes", file, maxFileBytes)
	}
	return text, nil
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

// checkStep refuses a step that no instance has.
func checkStep(instances []graph.Instance, flag string, step int) error {
	if most := graph.MostSteps(instances); step >= most {
		return usagef("--%s %d, expected 0 to %d: no instance has such a step", flag, step, most-1)
	}
	return nil
}
