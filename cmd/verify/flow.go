package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// maxSamples bounds --samples.
const maxSamples = 100_000

// A flowSample is μ at one time of a flow.
type flowSample struct {
	Time string       `json:"t"`
	Mu   prove.Number `json:"mu"`
}

// flowBounds are those of Theorem 1(a) at the end, from a start that was given.
type flowBounds struct {
	Lower prove.Number `json:"lower"`
	Upper prove.Number `json:"upper"`
}

type flowDocument struct {
	Loss      string       `json:"loss"`
	Alpha     string       `json:"-"` // in the header
	Until     string       `json:"until"`
	Start     string       `json:"start,omitempty"` // only if it was given
	Mu        prove.Number `json:"mu"`
	Bounds    *flowBounds  `json:"bounds,omitempty"`
	Samples   []flowSample `json:"samples"`
	Method    string       `json:"method"`
	Steps     int          `json:"steps"`
	Order     int          `json:"order"`
	Precision uint         `json:"precision_bits"`
}

// flowOptions say which flow verify flow follows.
type flowOptions struct {
	*terminal
	profile      profileSource
	loss         theory.Loss
	until, alpha *big.Rat
	start        *big.Rat // nil for 0
	samples      int
	method       prove.FlowMethod
	digits       int
	emit         string
	theory       string // a theory file, instead of a profile
	settings     []string
}

func newFlow(t *terminal, run func(context.Context, *flowOptions) error) *cobra.Command {
	o := &flowOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "flow (--profile FILE | --data FILE --instance i --step c) --loss L --until T",
		Short: "Follow the logit μ(t) of one profile from μ(0) = 0 and enclose it",
		Long: `Follow the index-matching logit μ(t) of a profile, in gradient-flow time (learning rate × steps), from
μ(0) = 0, or --start, up to a time T, to as many digits as asked for. With --start and the Coconut-BFS loss the two
bounds of Theorem 1(a) from there are given, too.

Methods:
  elementary            the exact solution by partial fractions, enclosed (standard)
  flowpipe              a proved Taylor flowpipe of the rational form in y = exp(αsμ)
  flowpipe-exponential  the same of the exponential form in μ
  taylor                Taylor integration of the rational form, twice; approximate
  taylor-exponential    the same of the exponential form; approximate
The first three prove what they print. steps are Taylor steps, or steps of Newton's method over intervals.`,
		Example: "  verify flow --profile profile.json --loss coconut --until 1e5 --digits 50\n" +
			"  verify flow --profile profile.json --loss bfs --until 1e6 --samples 20 --json\n" +
			"  verify flow --data prosqa_valid.json.gz --instance 3 --step 1 --loss bfs --until 100 --method flowpipe\n" +
			"  verify flow --theory theories/modes.star --set L=3 --until 4 --samples 4",
	}, o, run)
	f.StringVar(&o.theory, "theory", "", "theory file to follow, all of its states and observables, instead of a profile")
	f.StringArrayVar(&o.settings, "set", nil, "parameter of the theory file, NAME=VALUE; may be repeated")
	o.profile.add(c, "theory")
	addLoss(f, &o.loss, "", "training loss, coconut or bfs (required without --theory)")
	addPositive(f, &o.until, "until", "", "time T up to which to follow the flow (required)")
	addStart(f, &o.start)
	addInt(f, &o.samples, "samples", 0, 0, maxSamples, "also print μ at N equally spaced times in (0, T]")
	addParsed(f, &o.method, "method", prove.ElementaryMethod.String(), "string", strings.Join(prove.FlowMethodNames(), ", "), prove.ParseFlowMethod)
	addDigits(f, &o.digits, 30)
	addAlpha(f, &o.alpha)
	o.addJSON(f)
	addEmit(c, &o.emit, "method", "samples")
	require(c, "until")
	c.MarkFlagsOneRequired("loss", "theory")
	excludes(c, "theory", "profile", "loss", "step", "label", "start", "method", "alpha", "emit")
	needs(c, "theory", "set")
	return c
}

func runFlow(ctx context.Context, o *flowOptions) error {
	if o.theory != "" {
		return o.followTheory(ctx)
	}
	if err := checkLabel(o.profile.label, o.loss); err != nil {
		return err
	}
	profile, err := o.profile.load(o.terminal)
	if err != nil {
		return err
	}
	if o.emit != "" {
		return o.emitProfile(ctx, profileRequest{Profile: profile, Loss: o.loss, Alpha: o.alpha, Start: o.start, Until: o.until, Digits: o.digits})
	}
	times := sampleTimes(o.until, o.samples)
	flow, err := prove.FlowOf(ctx, profile, prove.FlowRequest{
		Loss: o.loss, Alpha: o.alpha, Start: o.start, Times: append(times, o.until), Digits: o.digits, Method: o.method})
	switch {
	case errors.Is(err, prove.ErrDigits):
		return undecided(err)
	case err != nil:
		return undecided(fmt.Errorf("the flow was not followed: %w", err))
	}
	document := flowDocument{
		Loss: o.loss.String(), Alpha: decimalText(o.alpha), Until: decimalText(o.until),
		Mu: flow.Mu[len(times)], Samples: []flowSample{}, Method: flow.Method.String(),
		Steps: flow.Steps, Order: flow.Order, Precision: flow.PrecisionBits,
	}
	if o.start != nil {
		document.Start = decimalText(o.start)
	}
	if len(flow.Bounds) > 0 {
		last := flow.Bounds[len(times)]
		document.Bounds = &flowBounds{last[0], last[1]}
	}
	for i, t := range times {
		document.Samples = append(document.Samples, flowSample{decimalText(t), flow.Mu[i]})
	}
	return o.print("flow/1", document, document.print)
}

// sampleTimes returns n equally spaced times in (0, until], those between
// rounded to 20 significant digits so that they are printed exactly.
func sampleTimes(until *big.Rat, n int) []*big.Rat {
	var out []*big.Rat
	for i := 1; i < n; i++ {
		t := new(big.Rat).Mul(until, big.NewRat(int64(i), int64(n)))
		rounded, ok := new(big.Rat).SetString(new(big.Float).SetPrec(160).SetRat(t).Text('e', 19))
		if ok {
			t = rounded
		}
		out = append(out, t)
	}
	if n > 0 {
		out = append(out, until)
	}
	return out
}

// decimalText writes a rational number exactly: as a decimal number
// where it is one, with an exponent where that is long, else as a fraction.
func decimalText(q *big.Rat) string {
	places, exact := q.FloatPrec()
	if !exact {
		return q.RatString()
	}
	text := q.FloatString(places)
	if len(text) <= 40 {
		return text
	}
	whole, fraction, _ := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent := len(digits) - len(fraction) - 1
	digits = strings.TrimRight(digits, "0")
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	return fmt.Sprintf("%s%se%d", sign, digits, exponent)
}

func (d *flowDocument) print(w io.Writer) {
	fmt.Fprintf(w, "flow of μ under the %s loss, μ(0) = %s, α = %s\n", d.Loss, cmp.Or(d.Start, "0"), d.Alpha)
	fmt.Fprintf(w, "method %s: %d steps of order %d, %d bits\n", d.Method, d.Steps, d.Order, d.Precision)
	fmt.Fprintf(w, "t       %s\n", d.Until)
	printNumber(w, "μ(t)", d.Mu)
	if d.Bounds != nil {
		printNumber(w, "lower", d.Bounds.Lower)
		printNumber(w, "upper", d.Bounds.Upper)
	}
	printFlowSamples(w, d.Samples)
}

// printFlowSamples writes a table of samples, if there are any.
func printFlowSamples(w io.Writer, samples []flowSample) {
	if len(samples) == 0 {
		return
	}
	width := 1
	for _, s := range samples {
		width = max(width, len(s.Time))
	}
	fmt.Fprintf(w, "\n%*s  μ(t)\n", width, "t")
	for _, s := range samples {
		fmt.Fprintf(w, "%*s  %v\n", width, s.Time, s.Mu)
	}
}
