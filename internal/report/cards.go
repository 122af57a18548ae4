package report

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// rows makes the part with every instance and step.
func (b *Builder) rows(context.Context) error {
	b.all = rowsOf(b.Results)
	if len(b.all.list) == 0 {
		return nil
	}
	data, err := b.all.pack(b.Results)
	if err != nil {
		return err
	}
	b.values = append(b.values, macro{"InstanceSteps", strconv.Itoa(b.all.total)})
	b.page.Rows = &rowsPart{Total: b.all.total, Data: template.HTML(`<script type="text/plain" id="rows-data">` + data + "</script>")}
	b.page.Links = append(b.page.Links, link{"rows", "Instances"})
	return nil
}

// stepAt returns the step of a place, if there is one: Theorem 3 is about the
// state after all steps too.
func (r *Results) stepAt(at place) (graph.Step, bool) {
	instances, index, ok := r.instance(Entry{Dataset: at.data, Result: prove.Result{Where: at.Where}})
	if !ok {
		return graph.Step{}, false
	}
	s, err := r.Label.Step(&instances[index], at.Step)
	if errors.Is(err, graph.ErrNoLabel) {
		s, err = instances[index].Step(at.Step)
	}
	return s, err == nil
}

// title names a place for people.
func (b *Builder) title(at place) string {
	text := fmt.Sprintf("%s, instance %v, step %d", at.data, at.Instance, at.Step)
	if at.alpha != "1" {
		text += ", α = " + at.alpha
	}
	return text
}

// card returns the id of the card of a place, which is made if it is new and
// about one instance.
func (b *Builder) card(at place) string {
	if at.Instance == prove.AllInstances {
		return ""
	}
	i := slices.Index(b.places, at)
	if i < 0 {
		i = len(b.places)
		b.places = append(b.places, at)
	}
	return fmt.Sprintf("place-%d", i+1)
}

// cards draws the places that the rest of the page speaks of, each once, and
// then writes the plain rows, which link to them.
func (b *Builder) cards(ctx context.Context) error {
	for i, at := range b.places {
		c := card{ID: fmt.Sprintf("place-%d", i+1), Heading: b.title(at), Verdicts: b.placeVerdicts(at)}
		if err := b.placeFigures(ctx, &c.Figures, at, i+1); err != nil {
			return fmt.Errorf("%s: %w", c.Heading, err)
		}
		b.page.Cards = append(b.page.Cards, c)
	}
	if len(b.places) > 0 {
		b.page.Links = append(b.page.Links, link{"places", "Closer"})
	}
	if b.page.Rows != nil {
		b.page.Rows.Plain = b.all.table(b.Results, func(at place) string {
			if i := slices.Index(b.places, at); i >= 0 {
				return fmt.Sprintf("place-%d", i+1)
			}
			return ""
		})
	}
	return nil
}

// placeVerdicts lists what is decided at a place.
func (b *Builder) placeVerdicts(at place) table {
	t := table{Columns: columnsOf("<claim", "<verdict", "<numbers", "<reason"), Command: b.decideCommand(prove.Claims[0], at.data, at.alpha, at.Step) + " --json"}
	for _, row := range b.all.list {
		if row.place != at {
			continue
		}
		for _, e := range row.entries {
			var numbers []string
			for _, name := range slices.Sorted(maps.Keys(e.Values)) {
				numbers = append(numbers, fmt.Sprintf("%s = %s", valueName(name), agreed(e.Values[name])))
				b.values = append(b.values, macro{camel(b.title(at)) + camel(e.Claim) + camel(name), agreed(e.Values[name])})
			}
			t.row(cell{Text: e.Claim, Link: e.Claim}, cell{Text: e.Verdict.String(), Class: verdictClasses[e.Verdict]},
				cell{Text: strings.Join(numbers, "; "), Class: "wide number"}, cell{Text: e.Reason, Class: "wide"})
		}
	}
	return t
}

func valueName(name string) string {
	if n, ok := numberNames[name]; ok {
		return n[0]
	}
	return name
}

// placeFigures draws the graph of a place, the flow under both losses with
// trainings, and the balance.
func (b *Builder) placeFigures(ctx context.Context, to *[]pageFigure, at place, number int) error {
	s, ok := b.Results.stepAt(at)
	if !ok {
		return nil
	}
	alpha, ok := new(big.Rat).SetString(at.alpha)
	if !ok {
		return fmt.Errorf("readout gain %q", at.alpha)
	}
	e := Entry{Dataset: at.data, Alpha: at.alpha, Result: prove.Result{Where: at.Where}}
	losses, name := []theory.Loss{theory.Coconut, theory.CoconutBFS}, "both"
	if b.Results.Label != graph.PathLaw { // which is one of Coconut labels
		losses, name = losses[:1], "coconut"
	}
	var cases []*Case
	for _, loss := range losses {
		cases = append(cases, NewCase(s, int(at.Instance), loss, alpha))
	}
	if cases[0].Profile.N <= MaxDrawn {
		d := &Diagram{Title: b.title(at), Step: s}
		width, height := d.Size()
		err := b.figure(to, d, fmt.Sprintf("place-%d-graph", number), "The instance, in columns by distance from the root; below, what the root does not reach.",
			fmt.Sprintf("verify figure graph%s --instance %v --step %d --out graph.svg", b.Results.dataFlag(at.data), at.Instance, at.Step), width, height)
		if err != nil {
			return err
		}
	}
	if err := b.trajectory(ctx, to, e, cases, name, fmt.Sprintf("place-%d-flow", number)); err != nil {
		return err
	}
	balance, err := cases[0].Balance(ctx)
	if err != nil {
		return err
	}
	balance.Title = b.title(at)
	return b.figure(to, balance, fmt.Sprintf("place-%d-balance", number), "The mean in-degree F(μ) under the softmax, and the level d* at which the flow under the Coconut loss rests.",
		"verify figure balance"+b.subject(e)+" --out balance", 6, 3.8)
}

// symbols are the names that tables and figures use.
var symbols = []meaning{
	{"μ", "index-matching logit: the diagonal of the score matrix, which training moves; μ(0) = 0"}, {"t", "time of the gradient flow: learning rate × steps"}, {"α", "readout gain"},
	{"c, step", "thoughts already generated; step c trains N<sub>c</sub> → N<sub>c+1</sub>"}, {"N<sub>c</sub>", "vertices within c hops of the root; K of the n vertices"},
	{"d", "in-degree of a vertex from N<sub>c</sub>; d<sub>min</sub> and d<sub>max</sub> its ends, d* that of the label"},
	{"F(μ)", "mean of d under the softmax over all vertices"}, {"μ*", "where the flow under the Coconut loss rests: F(μ*) = d*"},
	{"κ", "α²/(nK), the rate of the flow"}, {"Coconut, Coconut-BFS", "the losses: cross-entropy to the next vertex of the path, and to the whole new frontier"},
}

// names explains what the page speaks of.
func (b *Builder) names(context.Context) error {
	b.page.Names = append(b.page.Names, symbols...)
	for _, n := range b.all.numbers {
		b.page.Names = append(b.page.Names, meaning{subscripts(n.Name), subscripts(n.Means + " (" + n.Claim + ")")})
	}
	rested := map[string]template.HTML{} // the assumptions that claims rest on
	for _, c := range b.page.Claims {
		for _, a := range c.Assumptions {
			rested[a.ID] = a.Text
		}
	}
	for _, id := range theory.AssumptionIDs() {
		if text, ok := rested[id]; ok {
			b.page.Names = append(b.page.Names, meaning{template.HTML(id), text})
		}
	}
	b.page.Links = append(b.page.Links, link{"names", "Names"})
	return nil
}
