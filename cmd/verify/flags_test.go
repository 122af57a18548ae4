package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand calls a function for each command that does something.
func everyCommand(check func(c *cobra.Command)) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if below := c.Commands(); c.Runnable() && (len(below) == 0 || c.LocalFlags().HasFlags()) {
			check(c)
		}
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(newRoot(&terminal{out: io.Discard, err: io.Discard}))
}

// wordsOf are the words that lead to a command.
func wordsOf(c *cobra.Command) []string { return strings.Fields(c.CommandPath())[1:] }

// needed are the arguments that a command cannot do without, each flag with
// its value in one word.
var needed = map[string][]string{
	"verify theorem":           {"1"},
	"verify recheck":           {"FILE"},
	"verify equilibrium":       {"--profile=FILE"},
	"verify flow":              {"--profile=FILE", "--loss=bfs", "--until=1"},
	"verify attention":         {"--gain=1"},
	"verify predict":           {"--data=FILE"},
	"verify probe":             {"../../internal/checkpoint/testdata/tiny-1of2.safetensors", "../../internal/checkpoint/testdata/tiny-2of2.safetensors"},
	"verify check":             {"../../theories/modes.star"},
	"verify figure theory":     {"../../theories/modes.star", "--out=OUT"},
	"verify compare":           {"../../internal/runs/testdata/seeds.csv"},
	"verify exhaust":           {"--vertices=2"},
	"verify train":             {"--preset=theory-full"},
	"verify baseline save":     {"OUT"},
	"verify baseline compare":  {"FILE"},
	"verify sweep":             {"--out=OUT"},
	"verify merge":             {"FILE"},
	"verify export":            {"FILE", "--out=FOLDER"},
	"verify report":            {"FILE"},
	"verify figure flow":       {"--out=OUT"},
	"verify figure balance":    {"--out=OUT"},
	"verify figure graph":      {"--out=OUT"},
	"verify figure overshoot":  {"--out=OUT"},
	"verify figure population": {"--out=OUT"},
	"verify figure result":     {"FILE", "--out=OUT"},
	"verify figure training":   {"FILE", "--probe=mu", "--out=OUT"},
	"verify emit slurm":        {"--out=OUT"},
	"verify emit kubernetes":   {"--out=/work/OUT", "--image=i"},
	"verify reference":         {},
	"verify data generate":     {},
	"verify data show":         {"FILE"},
}

// TestRefusedFlagsSayOnceWhatWasGiven: whoever reads the text of a flag, the
// error is the name, what was given and what was expected.
func TestRefusedFlagsSayOnceWhatWasGiven(t *testing.T) {
	checks := 0
	everyCommand(func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			err := c.ParseFlags([]string{"--" + f.Name + "=x y"})
			if err == nil { // any text will do
				return
			}
			checks++
			text := flagError(c, err).Error()
			if !strings.HasPrefix(text, "--"+f.Name+` "x y", `) || strings.Count(text, "x y") != 1 || !strings.Contains(text, "expected") {
				t.Errorf("%s: %s", c.CommandPath(), text)
			}
		})
	})
	if checks < 250 {
		t.Errorf("%d flags refused a text", checks)
	}
}

// Whatever is wrong with a command line is said in one line, with exit code 2
// and nothing on standard output.
func TestEveryCommandRefusesBadUsage(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing")
	fill := strings.NewReplacer("FILE", missing, "OUT", filepath.Join(folder, "out"), "FOLDER", folder).Replace
	checks := map[string]int{}
	everyCommand(func(c *cobra.Command) {
		path := c.CommandPath()
		refuse := func(kind, word string, args ...string) {
			checks[kind]++
			refused(t, path+", "+kind, []string{word}, append(wordsOf(c), args...)...)
		}
		refuse("unknown flag", "--no-such-flag", "--no-such-flag")
		if c.Flags().Lookup("quiet") == nil {
			t.Errorf("%s has no --quiet", path)
		}
		given := []string{}
		for _, word := range needed[path] {
			given = append(given, fill(word))
		}
		for i := range given {
			refuse("missing argument", "", slices.Delete(slices.Clone(given), i, i+1)...)
		}
		for i, word := range given {
			if !strings.HasPrefix(word, "--") {
				with := slices.Clone(given)
				with[i] = ""
				refuse("empty argument", "empty", with...)
			}
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			name := "--" + f.Name
			others := slices.DeleteFunc(slices.Clone(given), func(word string) bool {
				return strings.HasPrefix(word, name+"=") || name == "--data" && strings.HasPrefix(word, "--profile=")
			})
			kind := f.Value.Type()
			if kind != "bool" && !strings.HasPrefix(kind, "string") {
				refuse("bad number", name, append(others, name+"=x")...)
				if name != "--start" { // of μ
					refuse("negative number", name, append(others, name+"=-1")...)
				}
			}
			if kind == "bool" && f.Name != "help" {
				refuse("both ways", name, append(others, name+"=true", name+"=false")...)
			}
			if kind != "bool" {
				refuse("empty value", name, append(others, name+"=")...)
			}
			if _, list := f.Value.(pflag.SliceValue); !list && kind != "bool" {
				refuse("value twice", name, append(others, name+"="+f.DefValue+"1", name+"="+f.DefValue+"1")...)
			}
			if slices.Contains([]string{"data", "profile", "theory", "weights", "unseen"}, f.Name) && !strings.HasPrefix(path, "verify emit") {
				if path == "verify baseline compare" { // which reads its file first
					return
				}
				if f.Name == "unseen" {
					others = []string{"--data=" + write(t, "["+goodInstance+"]")}
				}
				if path == "verify flow" && f.Name == "theory" { // instead of a profile and a loss
					others = []string{"--until=1"}
				}
				switch path + " " + f.Name { // which are about theory files, instead of something else
				case "verify train theory":
					others = nil
				case "verify report data":
					others = append(others, "--theory=../../theories/modes.star")
				case "verify sweep theory":
					others = append(others, "--grid=x=1..2:2")
				}
				if path == "verify hunt" && f.Name == "data" { // which is about one statement
					others = append(others, "--conclusion=dstar >= 0")
				}
				if path == "verify compare" { // whose curves are of one step
					others = append(others, "--step=0")
				}
				refuse("missing file", missing, append(others, name+"="+missing)...)
			}
		})
		if slices.Contains(given, missing) {
			refuse("missing file", missing, given...)
		}
	})
	for kind, least := range map[string]int{"unknown flag": 30, "missing argument": 25, "bad number": 80, "negative number": 80, "empty value": 120, "value twice": 120, "both ways": 40, "empty argument": 8, "missing file": 20} {
		if checks[kind] < least {
			t.Errorf("%s: %d checks, expected %d", kind, checks[kind], least)
		}
	}
}

// Every command without which another one is meant suggests it.
func TestMistypedCommandsGetASuggestion(t *testing.T) {
	for line, want := range map[string]string{
		"theorm": "theorem", "swep": "sweep", "figure flwo": "flow", "data genrate": "generate", "baseline sav": "save", "emit slum": "slurm", "bench curvs": "curves",
	} {
		refused(t, line, []string{"did you mean " + want + "?"}, strings.Fields(line)...)
	}
	code, stdout, _ := call("--help")
	for _, hidden := range []string{"\n  bench ", "\n  reference "} {
		if code != exitFine || strings.Contains(stdout, hidden) {
			t.Errorf("the help lists%q", hidden)
		}
	}
	if strings.Contains(stdout, "\n\n\n") || strings.Count(stdout, ":\n  ") < 8 {
		t.Errorf("groups in\n%s", stdout)
	}
}

// What is only looked up is not searched.
func TestNamesGoAlone(t *testing.T) {
	for _, args := range [][]string{{"--conclusion", "dstar >= 0"}, {"--data", "x"}, {"--seed", "2"}, {"--exhaust", "3"}, {"--statement", "x"}} {
		refused(t, "--names "+args[0], []string{"--names", args[0]}, append([]string{"hunt", "--names"}, args...)...)
	}
	if code, _, stderr := call("hunt", "--names", "--json", "--quiet", "--jobs", "1"); code != exitFine {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// What stands between flags and text is values: a command line makes options,
// without doing the work.
func TestFlagsBecomeOptions(t *testing.T) {
	var got *flowOptions
	c := newFlow(&terminal{}, func(_ context.Context, o *flowOptions) error { got = o; return nil })
	c.SetArgs([]string{"--profile", "p", "--loss", "bfs", "--until", "1e5", "--alpha", "1/2", "--samples", "3", "--digits", "7", "--json"})
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	if got.profile.file != "p" || got.loss.String() != "bfs" || got.until.RatString() != "100000" || got.alpha.RatString() != "1/2" || got.samples != 3 || got.digits != 7 || !got.json {
		t.Errorf("%+v", got)
	}
}

// TestTrainedNumbersAreFloat64: what a training uses as 0 or +Inf is bad usage.
func TestTrainedNumbersAreFloat64(t *testing.T) {
	for _, value := range []string{"1e400", "1e-400"} {
		for _, args := range [][]string{
			{"curriculum", "--alpha", value}, {"figure", "flow", "--out", "x", "--alpha", value}, {"figure", "flow", "--out", "x", "--rate", value},
			{"attention", "--step", "1", "--trained", "--gain", value},
		} {
			refused(t, strings.Join(args, " "), []string{"trainings are in float64"}, args...)
		}
	}
}
