package main

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A parsed flag holds at a place what a function reads from its text, so that
// a command gets values and no texts to check.
type parsed[T any] struct {
	at   *T
	text string
	kind string
	read func(string) (T, error)
}

// Set reads a text. Errors say what was expected; pflag adds the rest.
func (p *parsed[T]) Set(text string) error {
	value, err := p.read(text)
	if err == nil {
		*p.at, p.text = value, text
	}
	return err
}

// String returns the text that was read last.
func (p *parsed[T]) String() string { return p.text }

// Type names what the flag takes, for its help.
func (p *parsed[T]) Type() string { return p.kind }

// addParsed adds a flag that is read by a function. With an empty standard the
// place keeps what it holds until the flag is given.
func addParsed[T any](f *pflag.FlagSet, at *T, name, standard, kind, usage string, read func(string) (T, error)) {
	p := &parsed[T]{at: at, kind: kind, read: read}
	if standard != "" {
		if err := p.Set(standard); err != nil {
			panic(fmt.Sprintf("--%s %s: %v", name, standard, err))
		}
	}
	f.Var(p, name, usage)
}

// addInt adds a flag for an integer within bounds. A standard beyond them
// stands for what happens without the flag.
func addInt(f *pflag.FlagSet, at *int, name string, standard, least, most int, usage string) {
	read := func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("expected %d to %d", least, most)
		}
		return n, nil
	}
	text := strconv.Itoa(standard)
	if *at = standard; standard < least || standard > most {
		text = ""
	}
	addParsed(f, at, name, text, "int", usage, read)
}

// addWord adds a flag for one of some words.
func addWord(f *pflag.FlagSet, at *string, name, standard, usage string, words ...string) {
	addParsed(f, at, name, standard, "string", usage, func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", fmt.Errorf("expected %s", oneOf(words))
		}
		return text, nil
	})
}

// oneOf writes a list: a, b or c.
func oneOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// addText adds a flag for a text that a form describes.
func addText(f *pflag.FlagSet, at *string, name, standard, usage string, form *regexp.Regexp, expected string) {
	addParsed(f, at, name, standard, "string", usage, func(text string) (string, error) {
		if !form.MatchString(text) {
			return "", errors.New("expected " + expected)
		}
		return text, nil
	})
}

// addPositive adds a flag for an exact positive number.
func addPositive(f *pflag.FlagSet, at **big.Rat, name, standard, usage string) {
	addParsed(f, at, name, standard, "number", usage, parsePositive)
}

// addUneven adds the unevenness ε of attention logits.
func addUneven(f *pflag.FlagSet, at **big.Rat, usage string) {
	addParsed(f, at, "uneven", "0", "number", usage, func(text string) (*big.Rat, error) {
		q, ok := parseNonNegative(text)
		if !ok || q.Cmp(big.NewRat(10, 1)) > 0 {
			return nil, errors.New("expected a number from 0 to 10 such as 0.2 or 1/5")
		}
		return q, nil
	})
}

// maxStart bounds a start of a flow.
const maxStart = 1_000_000

// addStart adds the start of a flow, which stays nil unless it is given.
func addStart(f *pflag.FlagSet, at **big.Rat) {
	addSigned(f, at, "start", "μ(0), a rational or decimal number of any sign (default: 0)")
}

// addSigned adds a flag for an exact number up to maxStart, which stays nil
// unless it is given.
func addSigned(f *pflag.FlagSet, at **big.Rat, name, usage string) {
	addParsed(f, at, name, "", "number", usage, func(text string) (*big.Rat, error) {
		q, ok := parseSigned(text)
		if !ok || new(big.Rat).Abs(q).Cmp(big.NewRat(maxStart, 1)) > 0 {
			return nil, fmt.Errorf("expected a number from -%d to %[1]d such as 2, -0.5 or 1/3", maxStart)
		}
		return q, nil
	})
}

const alphaUsage = "readout gain α, a positive rational or decimal number"

// addAlpha adds the readout gain.
func addAlpha(f *pflag.FlagSet, at **big.Rat) { addPositive(f, at, "alpha", "1", alphaUsage) }

// addTrained adds a flag for an exact positive number that a training uses too.
func addTrained(f *pflag.FlagSet, at **big.Rat, name, standard, usage string) {
	addParsed(f, at, name, standard, "number", usage, func(text string) (*big.Rat, error) {
		q, err := parsePositive(text)
		if err != nil {
			return nil, err
		}
		_, err = inFloat64(q)
		return q, err
	})
}

func addDigits(f *pflag.FlagSet, at *int, standard int) {
	addInt(f, at, "digits", standard, 1, maxDigits, "significant digits to be reached, 1 to 10000")
}

func addSeed(f *pflag.FlagSet, at *uint64) { f.Uint64Var(at, "seed", 1, "seed") }

// addData adds the file of instances.
func addData(f *pflag.FlagSet, at *string) {
	f.StringVar(at, "data", "", "instances to read, - for standard input (default: "+builtinName+", the suite of the main job)")
}

// addStep adds one step.
func addStep(f *pflag.FlagSet, at *int, standard int) {
	addInt(f, at, "step", standard, 0, maxCount, "thoughts already generated, c")
}

// addInstances adds how many instances of a file are looked at.
func addInstances(f *pflag.FlagSet, at *int, standard int) {
	addInt(f, at, "instances", standard, 1, maxCount, "only the first so many instances")
}

// addLabel adds the law of the Coconut labels.
func addLabel(f *pflag.FlagSet, at *graph.Law) {
	addParsed(f, at, "label", graph.PathLaw.String(), "string", "Coconut label: the vertex of the demonstrated path, or drawn from those of shortest paths or from the whole frontier: path, shortest or frontier", graph.ParseLaw)
}

// A profileSource says where a profile comes from: its own file, or a step of
// an instance.
type profileSource struct {
	file, data     string
	instance, step int
	label          graph.Law
}

// add adds the flags, one of two of which must be given, or one of others.
func (p *profileSource) add(c *cobra.Command, others ...string) {
	f := c.Flags()
	f.StringVar(&p.file, "profile", "", "profile to read")
	f.StringVar(&p.data, "data", "", "instances to read, or "+builtinName+", instead of a profile")
	addInt(f, &p.instance, "instance", 0, 0, maxCount, "0-based place of the instance (with --data)")
	addStep(f, &p.step, 0)
	addLabel(f, &p.label)
	c.MarkFlagsOneRequired(append(others, "profile", "data")...)
	excludes(c, "profile", "data")
	needs(c, "data", "instance", "step", "label")
}

// load reads the profile.
func (p *profileSource) load(t *terminal) (*theory.Profile, error) {
	if p.file != "" {
		return t.loadProfile(p.file)
	}
	step, err := t.loadStepOf(p.data, p.instance, p.step, p.label)
	if err != nil {
		return nil, err
	}
	return theory.ProfileOf(step), nil
}

// addEmit adds the choice of a LaTeX document, which goes without other forms.
func addEmit(c *cobra.Command, at *string, without ...string) {
	addWord(c.Flags(), at, "emit", "", "print a LaTeX document instead: latex, with R(y), Q(y), the closed form of the flow and the constants", "latex")
	excludes(c, "emit", "json")
	for _, name := range without {
		excludes(c, "emit", name)
	}
}

// checkLabel refuses a law of labels beside losses of which none has a label.
func checkLabel(law graph.Law, losses ...theory.Loss) error {
	if law == graph.PathLaw || slices.Contains(losses, theory.Coconut) {
		return nil
	}
	return usagef("--label %v does not matter to the bfs loss, which has no label", law)
}

// addLoss adds one loss.
func addLoss(f *pflag.FlagSet, at *theory.Loss, standard, usage string) {
	addParsed(f, at, "loss", standard, "string", usage, theory.ParseLoss)
}

// addFolder adds the folder of a run that --resume goes on with.
func addFolder(c *cobra.Command, out *string, resume *bool, usage string) {
	c.Flags().StringVar(out, "out", "", usage)
	c.Flags().BoolVar(resume, "resume", false, "go on with the run in --out")
	needs(c, "out", "resume")
}

// require marks flags that must be given.
func require(c *cobra.Command, names ...string) {
	for _, name := range names {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
}

// checkFlags has a command check something about its flags once they are read, and
// before what was to be checked so far.
func checkFlags(c *cobra.Command, check func(f *pflag.FlagSet) error) {
	others := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if err := check(c.Flags()); err != nil || others == nil {
			return err
		}
		return others(c, args)
	}
}

// needs refuses flags that have no meaning without another one.
func needs(c *cobra.Command, other string, names ...string) {
	checkFlags(c, func(f *pflag.FlagSet) error {
		for _, name := range names {
			if f.Changed(name) && !f.Changed(other) {
				return usagef("--%s without --%s", name, other)
			}
		}
		return nil
	})
}

// alone refuses all flags beside one that asks for something else, but for those
// of all commands and some others.
func alone(c *cobra.Command, name string, others ...string) {
	others = append(others, name, "json", "quiet", "jobs", "help")
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(others, f.Name) {
			excludes(c, name, f.Name)
		}
	})
}

// excludes refuses flags beside another one.
func excludes(c *cobra.Command, other string, names ...string) {
	for _, name := range names {
		c.MarkFlagsMutuallyExclusive(other, name)
	}
}

// A once flag is a flag for one value, given once and not empty. A switch may
// be given again if that changes nothing.
type once struct {
	pflag.Value
	given bool
}

func (o *once) Set(text string) error {
	before := o.Value.String()
	switch {
	case text == "":
		return errors.New("expected a value")
	case o.given && o.Type() != "bool":
		return errors.New("the flag is given twice, expected one value")
	}
	err := o.Value.Set(text)
	if err == nil && o.given && o.Value.String() != before {
		err = errors.New("the flag is given twice with different values")
	}
	o.given = true
	return err
}

// A list is a flag for several values, of which none is empty.
type list struct {
	pflag.Value
	pflag.SliceValue
}

func (l *list) Set(text string) error {
	if text == "" {
		return errors.New("expected a value")
	}
	return l.Value.Set(text)
}

// onceEach makes all flags of a command and of those below it once flags, but
// for lists.
func onceEach(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if values, ok := f.Value.(pflag.SliceValue); ok {
			f.Value = &list{f.Value, values}
		} else {
			f.Value = &once{Value: f.Value}
		}
	})
	for _, below := range c.Commands() {
		onceEach(below)
	}
}

// flagError names the flag, what was given and what was expected.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	reason := invalid.Unwrap()
	if read := new(strconv.NumError); errors.As(reason, &read) { // by pflag
		if reason = errors.New("expected true or false"); read.Func == "ParseUint" {
			reason = fmt.Errorf("expected 0 to %d", uint64(math.MaxUint64))
		}
	}
	return refusal(invalid.GetFlag().Name, invalid.GetValue(), reason)
}

// refusal names a flag, what was given and what was expected, and leaves out
// where the reason says again what was given.
func refusal(name, given string, reason error) error {
	start := fmt.Sprintf("%.40q", given)
	if before, expected, ok := strings.Cut(reason.Error(), `", expected `); ok && strings.Contains(before, start[:len(start)-1]) {
		reason = errors.New("expected " + expected)
	}
	return usagef("--%s %q, %w", name, shortened(given), reason)
}

// shortened cuts a long text.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

// cobraSays lists what cobra says about flags and how this tool says it.
var cobraSays = []struct {
	form *regexp.Regexp
	ours string
}{
	{regexp.MustCompile(`^required flag\(s\) (.*) not set$`), "%s required"},
	{regexp.MustCompile(`^at least one of the flags in the group \[(.*)\] is required$`), "one of %s required"},
	{regexp.MustCompile(`^if any flags in the group \[(.*)\] are set they must all be set.*$`), "%s go together"},
	{regexp.MustCompile(`^if any flags in the group \[(.*)\] are set none of the others can be.*$`), "%s exclude each other"},
}

// plain says in the words of this tool what cobra says about flags.
func plain(text string) string {
	for _, x := range cobraSays {
		if match := x.form.FindStringSubmatch(text); match != nil {
			names := strings.Fields(strings.NewReplacer(`"`, "", ",", "").Replace(match[1]))
			return fmt.Sprintf(x.ours, "--"+strings.Join(names, " and --"))
		}
	}
	return text
}

// addCertificates adds the folder that certificates are written to.
func addCertificates(f *pflag.FlagSet, folder *string) {
	f.StringVar(folder, "certificates", "", "folder to write a certificate of every proof to, for verify recheck --data")
}
