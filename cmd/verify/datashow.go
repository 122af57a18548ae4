package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"strings"
	"text/tabwriter"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// showOptions say what verify data show shows.
type showOptions struct {
	work
	file     string
	label    graph.Law
	instance int // −1 for all
	alpha    *big.Rat
	digits   int
	as       string // own or prosqa: the instances themselves
}

func newDataShow(t *terminal, run func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "show FILE",
		Short: "Show every step of the instances: degrees, premises, equilibrium, profile",
		Long: `Show one row a step: n and K, the in-degree d* of the demonstrated vertex (with --label: the mean of the labels'),
the least and the largest in-degree
in N_{c+1}, the sign of d* − F(0), the claims of Theorem 1 whose premise holds (a: T1a and its two bounds, b: T1b and
its rate), and where μ goes under the Coconut
loss. With --json each row holds the profile too, as --profile reads it. FILE is built-in for the built-in suite.
With --as the instances themselves are printed, as data generate writes them.`,
		Example: "  verify data show prosqa_valid.json.gz --instance 3\n  verify data show built-in --json\n  verify data show edges.txt --as own > graph.json",
	}, o, run, &o.file)
	addLabel(f, &o.label)
	addInt(f, &o.instance, "instance", -1, 0, maxCount, "only the instance at this 0-based place (default: all)")
	addAlpha(f, &o.alpha)
	addDigits(f, &o.digits, 10)
	addWord(f, &o.as, "as", "", "print the instances themselves in this form: own, or prosqa for the keys of the published files", "own", "prosqa")
	o.add(f)
	excludes(c, "as", "label", "alpha", "digits", "json")
	return c
}

// A shownStep is what is known of one step.
type shownStep struct {
	Instance     int             `json:"instance"`
	Step         int             `json:"step"`
	N            int             `json:"n"`
	K            int             `json:"k"`
	TargetDegree theory.Degree   `json:"target_degree"` // d*
	MinDegree    int             `json:"d_min"`
	MaxDegree    int             `json:"d_max"`
	Start        int             `json:"start_sign"` // of d* − F(0)
	Premises     []string        `json:"premises"`   // claims of Theorem 1 whose premise holds
	Status       theory.Limit    `json:"status"`
	Mu           *prove.Number   `json:"mu,omitempty"`
	Profile      *theory.Profile `json:"profile"`
}

// load reads the instances that are asked for, and returns the place of the first.
func (o *showOptions) load() ([]graph.Instance, int, error) {
	if o.instance < 0 {
		instances, err := o.loadInstances(o.file)
		return instances, 0, err
	}
	in, err := o.loadInstance(o.file, o.instance)
	if err != nil {
		return nil, 0, err
	}
	return []graph.Instance{*in}, o.instance, nil
}

// printInstances prints instances in the form that is asked for.
func (o *showOptions) printInstances(instances []graph.Instance) error {
	return o.saveStream("", func(w io.Writer) error {
		encoder := graph.NewEncoder(w)
		if o.as == "prosqa" {
			encoder = graph.NewPublishedEncoder(w, 1)
		}
		for i := range instances {
			if err := encoder.Encode(&instances[i]); err != nil {
				return err
			}
		}
		return encoder.Close()
	})
}

func runDataShow(ctx context.Context, o *showOptions) error {
	var steps []graph.Step
	var places []int
	without := 0
	keep := func(place int, in *graph.Instance) {
		for c := range in.Steps() {
			if step, err := o.label.Step(in, c); err == nil {
				steps, places = append(steps, step), append(places, place)
			} else {
				without++
			}
		}
	}
	instances, first, err := o.load()
	if err != nil {
		return err
	}
	if o.as != "" {
		return o.printInstances(instances)
	}
	for i := range instances {
		keep(first+i, &instances[i])
	}
	o.note(without, "%d steps without a label under the law %v are left out", without, o.label)
	rows, err := runlog.Map(ctx, len(steps), o.jobs, o.progress("data show"), func(ctx context.Context, i int) (shownStep, error) {
		return o.show(ctx, places[i], steps[i])
	})
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Steps []shownStep `json:"steps"`
	}{rows}
	return o.print("data-show/1", document, func(w io.Writer) {
		printTable(w, tabwriter.AlignRight, "instance\tstep\tn\tK\td*\td_min\td_max\td*−F(0)\tpremises\tlimit\t", rows, func(w io.Writer, r shownStep) {
			limit := r.Status.String()
			if r.Mu != nil {
				limit = short(r.Mu)
			}
			fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%v\t%d\t%d\t%s\t%s\t%s\t\n", r.Instance, r.Step, r.N, r.K, r.TargetDegree, r.MinDegree, r.MaxDegree, []string{"<0", "=0", ">0"}[r.Start+1], shortClaims(r.Premises), limit)
		})
	})
}

// shortClaims writes claims of Theorem 1 with what they have in common once, and
// without those that have the premise of another: b,positive,ceiling for T1b,
// T1b-positive, T1b-rate and T1b-ceiling.
func shortClaims(ids []string) string {
	out, first := "", ""
	for _, id := range ids {
		if claim, known := prove.ClaimByID(id); known && claim.Under != "" {
			continue
		}
		id = strings.TrimPrefix(id, "T1")
		part, rest, _ := strings.Cut(id, "-")
		switch {
		case part == first && rest != "":
			out += "," + rest
		case out != "":
			out += " " + id
		default:
			out = id
		}
		first = part
	}
	return out
}

// show works out one row.
func (o *showOptions) show(ctx context.Context, place int, s graph.Step) (shownStep, error) {
	p := theory.ProfileOf(s)
	sign, err := prove.StartSign(p, o.alpha)
	if err != nil {
		return shownStep{}, err
	}
	row := shownStep{Instance: place, Step: s.C, N: p.N, K: p.K, TargetDegree: p.TargetDegree, MinDegree: p.MinDegree(), MaxDegree: p.MaxDegree(), Start: sign, Premises: []string{}, Profile: p}
	subject := &prove.Subject{Where: prove.Where{Instance: prove.Place(place), Step: s.C}, Profile: p, Alpha: o.alpha, Digits: o.digits}
	for _, claim := range prove.Claims {
		if claim.Number != 1 || claim.Unit != prove.OnProfile || claim.Premise == nil {
			continue
		}
		reason, err := claim.Premise(ctx, subject)
		if err != nil {
			return row, err
		}
		if reason == "" {
			row.Premises = append(row.Premises, claim.ID)
		}
	}
	e, err := prove.EquilibriumOf(ctx, p, o.alpha, o.digits)
	if err != nil {
		return row, err
	}
	if row.Status = e.Limit; e.Limit == theory.FiniteLimit {
		row.Mu = new(prove.Enclose(e.Mu, o.digits))
	}
	return row, nil
}
