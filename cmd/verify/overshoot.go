package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"muflow/prove"

	"github.com/spf13/cobra"
)

// overshootOptions say what verify overshoot decides.
type overshootOptions struct {
	work
	data string

	certificates string
	first        int // instances, 0: all
	prove.OvershootRequest
}

func newOvershoot(t *terminal, run func(context.Context, *overshootOptions) error) *cobra.Command {
	o := &overshootOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "overshoot --step c",
		Short: "Prove whether the logit overshoots when softmax attention trains its value gain",
		Long: `Follow μ and the value gain g of softmax attention, trained together under the Coconut loss from (0, G), and prove
whether μ rises to a peak and falls from there, with enclosures of peak and end. The edges that leave N_c have the logits
(1 + εη_e)z, z = μ/√K, with normal numbers η_e drawn by --seed, the others 0. With a fixed gain the flow has one unknown and is
monotone, whatever ε.

A flowpipe leads beyond the turn. From there on the signs of μ' and g' cannot change as long as ∂²ℓ/∂μ∂g has the right sign, which
is shown on boxes up to the equilibrium that is then the end. Where no such end is found, the statement holds until the time given.
With --certificates the turns with an end have certificates, for even logits and one flow of each instance, from a gain that is a
fraction over a power of 2. With --shared one flow of all instances, otherwise one of each. Time is that of μ' = −∂ℓ/∂μ. Exit 0, or 3 where something stays
undecided.`,
		Example: "  verify overshoot --step 0\n  verify overshoot --step 0 --uneven 0.2 --shared\n  verify overshoot --data prosqa_valid.json.gz --step 1 --label shortest --json\n  verify overshoot --step 1 --rate 3 --certificates turns && verify recheck turns --data built-in",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.Step, 0)
	addLabel(f, &o.Label)
	addPositive(f, &o.Gain, "gain", "1/2", "value gain g at the start, a positive rational or decimal number")
	addPositive(f, &o.Rate, "rate", "1", "learning rate of g over that of μ, a positive rational or decimal number")
	addUneven(f, &o.Uneven, "unevenness ε of the logits, 0 to 10")
	addSeed(f, &o.Seed)
	addAlpha(f, &o.Alpha)
	addInt(f, &o.first, "instances", 0, 1, maxCount, "only the first so many instances (default: all)")
	f.BoolVar(&o.Shared, "shared", false, "one μ and one g for all instances")
	addCertificates(f, &o.certificates)
	o.add(f)
	excludes(c, "certificates", "shared", "instances")
	return c
}

// An overshootDocument says how the flows go to their ends.
type overshootDocument struct {
	Step   int    `json:"step"`
	Gain   string `json:"gain"`
	Rate   string `json:"rate"`
	Uneven string `json:"uneven"`
	*prove.OvershootCount
	Decisions []prove.OvershootDecision `json:"decisions"`
}

func runOvershoot(ctx context.Context, o *overshootOptions) error {
	var scope prove.Scope
	if o.certificates != "" {
		var err error
		if scope, err = o.Scope(); err != nil {
			return usagef("--certificates: %v", err)
		}
	}
	instances, err := o.loadStep(o.data, o.Step)
	if o.first > 0 {
		instances = instances[:min(o.first, len(instances))]
	}
	if err == nil {
		err = checkLabels(instances, o.Label, o.Step)
	}
	if err != nil {
		return err
	}
	if o.certificates != "" {
		if err := prove.MayCertify(o.certificates, o.head.dataName(len(instances)), scope); err != nil {
			return runError(err)
		}
	}
	total, decisions, err := prove.OvershootDataset(ctx, instances, o.OvershootRequest, o.jobs, o.progress("overshoot"))
	if err != nil {
		return undecided(err)
	}
	var missing error
	if o.certificates != "" {
		results, err := o.Certify(ctx, instances, decisions, o.jobs, o.progress("strips"))
		if err != nil {
			return undecided(err)
		}
		missing = o.certify(ctx, o.certificates, scope, instances, results)
	}
	document := overshootDocument{o.Step, o.Gain.RatString(), o.Rate.RatString(), o.Uneven.RatString(), total, decisions}
	if err := o.print("overshoot/1", document, document.print); err != nil || missing != nil {
		return cmp.Or(missing, err)
	}
	if total.Undecided > 0 {
		return undecided(fmt.Errorf("%d of %d flows are not decided", total.Undecided, total.Flows))
	}
	return nil
}

func (d *overshootDocument) print(w io.Writer) {
	fmt.Fprintf(w, "step %d, gain from %s at %s times the rate of μ, unevenness %s: %d flows\n", d.Step, d.Gain, d.Rate, d.Uneven, d.Flows)
	fmt.Fprintf(w, "  overshoot %d, undershoot %d, monotone %d, several turns %d, undecided %d; for all times %d\n", d.Overshoot, d.Undershoot, d.Monotone, d.Several, d.Undecided, d.ForAll)
	printTable(w, 0, "instance\tstatus\tt of the turn\tμ\tg\tend μ\tg\tproved until\t", d.Decisions, func(w io.Writer, x prove.OvershootDecision) {
		place := "shared"
		if x.Instance != nil {
			place = fmt.Sprint(*x.Instance)
		}
		if x.Turning == prove.TurnUndecided {
			fmt.Fprintf(w, "%s\tundecided: %s\t\t\t\t\t\t\t\n", place, x.Reason)
			return
		}
		turn, end, until := "\t\t", "\t", "all t ≥ 0"
		if x.Turn != nil {
			turn = fmt.Sprintf("%v\t%v\t%v", x.Turn.Time, x.Turn.Mu, x.Turn.Gain)
		}
		if x.End != nil {
			end = fmt.Sprintf("%v\t%v", x.End.Mu, x.End.Gain)
		} else if x.Turning != prove.TurnStill {
			until = "t = " + x.Until
		}
		fmt.Fprintf(w, "%s\t%v\t%s\t%s\t%s\t\n", place, x.Turning, turn, end, until)
	})
}
