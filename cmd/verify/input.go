package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// maxDigits bounds --digits.
const maxDigits = 10_000

var (
	decimalForm  = regexp.MustCompile(`^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$`)
	fractionForm = regexp.MustCompile(`^\+?[0-9]+/[0-9]+$`)
)

// parsePositive reads a positive rational or decimal number exactly.
func parsePositive(flag, text string) (*big.Rat, error) {
	if q, ok := parseNonNegative(text); ok && q.Sign() > 0 {
		return q, nil
	}
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return nil, usagef("%s %q, expected a positive finite number such as 1000, 0.5, 2/3 or 1e5", flag, text)
}

// parseNonNegative reads a rational or decimal number ≥ 0 exactly.
func parseNonNegative(text string) (*big.Rat, bool) {
	if len(text) > 10_000 || !decimalForm.MatchString(text) && !fractionForm.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func checkDigits(digits int) error {
	if digits < 1 || digits > maxDigits {
		return usagef("--digits %d, expected 1 to %d", digits, maxDigits)
	}
	return nil
}

// loadInstances reads --data, or the built-in suite if no file is named.
func loadInstances(file string) ([]graph.Instance, error) {
	if file == "" {
		return graph.Builtin()
	}
	instances, err := graph.Load(file)
	if err != nil {
		return nil, usage(err)
	}
	return instances, nil
}

// maxProfileBytes bounds the size of a file with a profile or weights.
const maxProfileBytes = 64 << 20

func loadProfile(file string) (*theory.Profile, error) {
	text, err := readLimited(file)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	p, err := theory.DecodeProfile(text)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	return p, nil
}

// readLimited reads a small file. Its errors do not repeat the name.
func readLimited(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("is a folder, expected a JSON file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxProfileBytes+1))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if len(text) > maxProfileBytes {
		return nil, fmt.Errorf("more than %d bytes", maxProfileBytes)
	}
	return text, nil
}

// longest returns the number of steps of the longest demonstrated path.
func longest(instances []graph.Instance) int {
	most := 0
	for i := range instances {
		most = max(most, instances[i].Steps())
	}
	return most
}

// checkThoughts refuses a number of thoughts beyond all demonstrated paths.
func checkThoughts(instances []graph.Instance, thoughts int) error {
	if most := longest(instances); thoughts < 0 || thoughts > most {
		return usagef("--step %d, expected 0 to %d: no instance has so many thoughts", thoughts, most)
	}
	return nil
}

// checkStep refuses a step that no instance has.
func checkStep(instances []graph.Instance, step int) error {
	most := longest(instances)
	if step < 0 || step >= most {
		return usagef("--step %d, expected 0 to %d: no instance has such a step", step, most-1)
	}
	return nil
}

// addAlpha adds the readout gain to a command.
func addAlpha(c *cobra.Command) *string {
	return c.Flags().String("alpha", "1", "readout gain α, a positive rational or decimal number")
}

func addDigits(c *cobra.Command, standard int) *int {
	return c.Flags().Int("digits", standard, "significant digits to be reached, 1 to 10000")
}

// parseRange reads "20" or "14-28".
func parseRange(flag, text string) (low, high int, err error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	a, errA := strconv.ParseUint(first, 10, 31)
	b, errB := strconv.ParseUint(last, 10, 31)
	if errA != nil || errB != nil || a > b {
		return 0, 0, usagef("%s %q, expected a number or a range such as 14-28", flag, text)
	}
	return int(a), int(b), nil
}
