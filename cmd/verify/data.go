package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"muflow/graph"

	"github.com/spf13/cobra"
)

func newData(t *terminal) *cobra.Command {
	return group(&cobra.Command{
		Use:     "data",
		Short:   "Make and inspect files of instances",
		Example: "  verify data generate --count 200 --seed 1 --out graphs.json",
	}, newDataGenerate(t, runDataGenerate), newDataShow(t, runDataShow))
}

// generateOptions say which instances verify data generate makes.
type generateOptions struct {
	*terminal
	count          int
	seed           uint64
	like           graph.Generator
	as             string
	vertices, hops [2]int // least and most
	out            string
}

func newDataGenerate(t *terminal, run func(context.Context, *generateOptions) error) *cobra.Command {
	o := &generateOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:     "generate",
		Short:   "Generate reachability instances like those of ProsQA",
		Long:    "Generate reachability instances. Like prosqa: with the sizes, in-degrees, frontiers and ties of the published files, every edge from a lower to a higher vertex, root 0 or 1. Like uniform: two components with levels drawn uniformly, vertices relabelled; then d* = 1 at every step. Instance i depends on the seed and i only. As prosqa: the keys, names and neighbor_k of the published files, as their loader takes them.",
		Example: "  verify data generate --count 200 --seed 1 > graphs.json\n  verify data generate --like uniform --vertices 40-60 --hops 5 --out large.json\n  verify data generate --like prosqa --as prosqa --count 17886 --out prosqa_train.json",
	}, o, run)
	addInt(f, &o.count, "count", 200, 1, 10_000_000, "number of instances")
	addSeed(f, &o.seed)
	addParsed(f, &o.like, "like", "prosqa", "name", "what the instances are like: prosqa or uniform", parseGenerator)
	addWord(f, &o.as, "as", "own", "form of the file: own, or prosqa for the keys of the published files", "own", "prosqa")
	addParsed(f, &o.vertices, "vertices", "17-28", "range", "number of vertices, a number or a range", parseRange)
	addParsed(f, &o.hops, "hops", "3-4", "range", "length of the demonstrated path, a number or a range", parseRange)
	f.StringVar(&o.out, "out", "", "file to write (default: standard output)")
	return c
}

func runDataGenerate(ctx context.Context, o *generateOptions) error {
	shape := graph.Shape{MinVertices: o.vertices[0], MaxVertices: o.vertices[1], MinHops: o.hops[0], MaxHops: o.hops[1]}
	progress := o.progress("data generate")
	return o.saveStream(o.out, func(w io.Writer) error {
		encoder := graph.NewEncoder(w)
		if o.as == "prosqa" {
			encoder = graph.NewPublishedEncoder(w, o.seed)
		}
		for i := range o.count {
			in, err := graph.Draw(o.seed, i, shape, o.like)
			if err != nil {
				return usage(err)
			}
			if err := cmp.Or(ctx.Err(), encoder.Encode(&in)); err != nil {
				return err
			}
			if progress != nil {
				progress(i+1, o.count)
			}
		}
		return encoder.Close()
	})
}

func parseGenerator(name string) (graph.Generator, error) {
	switch name {
	case "prosqa":
		return graph.GenerateProsQA, nil
	case "uniform":
		return graph.Generate, nil
	}
	return nil, errors.New("expected prosqa or uniform")
}
