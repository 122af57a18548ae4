package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// overlapOptions say what verify overlap decides.
type overlapOptions struct {
	work
	data, certificates string
	step               int
	form               string
	label              graph.Law
	loss               theory.Loss
}

func newOverlap(t *terminal, run func(context.Context, *overlapOptions) error) *cobra.Command {
	o := &overlapOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "overlap --step c",
		Short: "Decide whether the logits of a full or an unaveraged score matrix have a finite limit",
		Long: `With the full score matrix W = μI + ν(11ᵀ−I) the limit is finite if and only if the vectors
x_v = φ_p − φ_v overlap: no direction (μ, ν) is ≥ 0 on all of them and > 0 on one. Decide it exactly, by
a rational linear programme with a certificate either way, for every instance with d_min < d* < d_max
and for the whole data set. Separated are the instances that do not overlap.

With --parametrization vertex the score matrix is diagonal with a logit μ_u of its own for every vertex: no
average over relabellings makes them equal (assumption A4 dropped). Every instance alone is then decided
logit by logit: αs·μ(t) = θ_1 log t + θ_2 log log t + … + O(1) with rational vectors, each proved to be the one
of largest margin. All instances together share one logit for each vertex number, as under fixed names.
With --loss bfs all of them rise from 0 under Coconut-BFS, and it is proved which diverge: the sources of one
vertex, or of several that a symmetry of the step makes equal. Where none is proved to win, the exit code is 3.`,
		Example: "  verify overlap --data prosqa_valid.json.gz --step 1\n  verify overlap --step 2 --json\n  verify overlap --data prosqa_valid.json.gz --step 1 --parametrization vertex",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.step, 0)
	addWord(f, &o.form, "parametrization", "full", "score matrix: full, or vertex for a diagonal one that is not averaged", "full", "vertex")
	addLabel(f, &o.label)
	addCertificates(f, &o.certificates)
	addLoss(f, &o.loss, "coconut", "loss of the logits of all vertices: coconut or bfs")
	needs(c, "parametrization", "loss")
	o.add(f)
	return c
}

func runOverlap(ctx context.Context, o *overlapOptions) error {
	bfs := o.loss == theory.CoconutBFS
	if bfs && (o.form != "vertex" || o.label != graph.PathLaw) {
		return usagef("--loss bfs is about --parametrization vertex, which then has no label")
	}
	instances, err := o.loadStep(o.data, o.step)
	if err == nil && !bfs {
		err = checkLabels(instances, o.label, o.step)
	}
	if err != nil {
		return err
	}
	if bfs {
		return o.runContests(ctx, instances)
	}
	if o.form == "vertex" {
		return o.runVertex(ctx, instances)
	}
	result, err := prove.OverlapsOf(instances, o.step, o.label)
	if err != nil {
		return undecided(err)
	}
	if err := o.certificatesOf(ctx, instances, "overlap"); err != nil {
		return err
	}
	document := struct {
		Step int `json:"step"`
		*prove.Overlaps
		Direction  []*big.Int   `json:"direction,omitempty"`  // separating, if there is one
		Converging [][]*big.Int `json:"converging,omitempty"` // combinations of (μ, ν) with a finite limit
	}{o.step, result, nil, result.Whole.Converging}
	if result.Population != theory.Overlap {
		document.Direction = result.Whole.Direction
	}
	return o.print("overlap/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "step %d: %s, %d with d_min < d* < d_max; of these %d separated (%d fully), %d overlapping\n",
			o.step, prove.Counted(result.Instances, "instance"), result.Bounded, result.Separated, result.Fully, result.Bounded-result.Separated)
		fmt.Fprintf(w, "population  %s   (%s)\n", result.Population, prove.Counted(result.Contrasts, "different contrast"))
		if result.Population == theory.Overlap {
			return // all of the plane has a finite limit
		}
		if document.Direction != nil {
			fmt.Fprintf(w, "along the direction (μ, ν) = %s the odds of %s grow without end\n",
				vector(document.Direction), prove.Counted(len(result.Whole.Diverging), "contrast"))
		}
		for _, b := range document.Converging {
			fmt.Fprintf(w, "a finite limit has %s·(μ, ν)\n", vector(b))
		}
	})
}

// certificatesOf writes the certificates of some claims, if they are asked for.
func (o *overlapOptions) certificatesOf(ctx context.Context, instances []graph.Instance, claims ...string) error {
	if o.certificates == "" {
		return nil
	}
	return o.certify(ctx, o.certificates, prove.Scope{Claims: claims, Step: o.step, Label: o.label}, instances, nil)
}

func (o *overlapOptions) runVertex(ctx context.Context, instances []graph.Instance) error {
	result, err := prove.VertexOverlapsOf(ctx, instances, o.step, o.label, o.jobs, o.progress("overlap"))
	if err != nil {
		return undecided(err)
	}
	if err := o.certificatesOf(ctx, instances, "A4-growth", "A4-names", "A4-names-growth"); err != nil {
		return err
	}
	document := struct {
		Step            int    `json:"step"`
		Parametrization string `json:"parametrization"`
		*prove.VertexOverlaps
		Vertices map[string][]int `json:"vertices"` // of the population, by what becomes of their logits
	}{o.step, o.form, result, map[string][]int{}}
	for u, d := range result.Drifts {
		document.Vertices[d.String()] = append(document.Vertices[d.String()], u)
	}
	return o.print("overlap/1", document, func(w io.Writer) {
		status := map[string]int{}
		for _, d := range result.Decisions {
			status[d.Status]++
		}
		fmt.Fprintf(w, "step %d: %s, one logit for each vertex; alone %d separated, %d quasi-separated, %d overlapping, %d still\n",
			o.step, prove.Counted(result.Instances, "instance"), status["separated"], status["quasi-separated"], status["overlap"], status["stationary"])
		fmt.Fprintf(w, "of these %d with d_min < d* < d_max, where one logit for all would be bounded: %d do not overlap\n", result.Bounded, result.Separated)
		for m, n := range result.Leading {
			growth := prove.Plural(n, "logit stays", "logits stay") + " bounded"
			if m > 0 {
				growth = prove.Plural(n, "logit diverges", "logits diverge") + " as " + strings.Repeat("log ", m) + "t"
			}
			fmt.Fprintf(w, "  %5d %s\n", n, growth)
		}
		fmt.Fprintf(w, "population  %s   (%s in %s, one for each vertex number)\n", result.Population, prove.Counted(result.Contrasts, "different contrast"), prove.Counted(result.Names, "logit"))
		for d := theory.Still; d <= theory.Bounded; d++ {
			if vertices := document.Vertices[d.String()]; len(vertices) > 0 {
				fmt.Fprintf(w, "  %-14v %s\n", d, ranges(vertices))
			}
		}
		for m, term := range result.Terms {
			fmt.Fprintf(w, "  α·μ/%st ", strings.Repeat("log ", m+1))
			for i, u := range slices.Sorted(maps.Keys(term)) {
				fmt.Fprintf(w, "%s %d: %s", map[bool]string{true: ",", false: ""}[i > 0], u, term[u])
			}
			fmt.Fprintln(w)
		}
	})
}

// runContests decides which logits diverge under Coconut-BFS.
func (o *overlapOptions) runContests(ctx context.Context, instances []graph.Instance) error {
	result, err := prove.ContestsOf(ctx, instances, o.step, big.NewRat(1, 1), o.jobs, o.progress("contests"))
	if err != nil {
		return err
	}
	if o.certificates != "" {
		var results []prove.Result
		for _, d := range result.Decisions {
			for i, id := range []string{"A4-bfs", "A4-bfs-winner"} {
				if i == 0 || d.Sources != nil {
					results = append(results, prove.Result{Claim: id, Where: prove.Where{Instance: prove.Place(d.Instance), Step: o.step}, Verdict: theory.Proved})
				}
			}
		}
		if err := o.certify(ctx, o.certificates, prove.Scope{Claims: []string{"A4-bfs", "A4-bfs-winner"}, Step: o.step, Alpha: big.NewRat(1, 1)}, instances, results); err != nil {
			return err
		}
	}
	document := struct {
		Step            int    `json:"step"`
		Parametrization string `json:"parametrization"`
		Loss            string `json:"loss"`
		*prove.Contests
	}{o.step, o.form, o.loss.String(), result}
	return o.conclude("overlap/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "step %d: %s, one logit for each vertex under Coconut-BFS from 0, all rising (A4-bfs); the sources of one vertex, or of several that a symmetry makes equal, win (A4-bfs-winner):\n", o.step, prove.Counted(result.Instances, "instance"))
		for _, n := range slices.Sorted(maps.Keys(result.Winners)) {
			alone := result.Winners[n]
			fmt.Fprintf(w, "  %5d %s in which %d %s, and all others converge\n", alone, prove.Plural(alone, "instance", "instances"), n, prove.Plural(n, "logit diverges", "logits diverge"))
		}
		if result.Alike > 0 {
			fmt.Fprintf(w, "  %5d of these in which several source sets win in equal parts\n", result.Alike)
		}
		if result.Open > 0 {
			fmt.Fprintf(w, "  %5d open: no source set is proved to win in time\n", result.Open)
		}
	}, map[string]int{"undecided": result.Open})
}

// ranges writes ascending integers, runs of them by their ends.
func ranges(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		k := i
		for k+1 < len(list) && list[k+1] == list[k]+1 {
			k++
		}
		part := strconv.Itoa(list[i])
		if k > i {
			part += "–" + strconv.Itoa(list[k])
		}
		parts, i = append(parts, part), k+1
	}
	return strings.Join(parts, ", ")
}

func vector(x []*big.Int) string {
	parts := make([]string, len(x))
	for i, n := range x {
		parts[i] = n.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
