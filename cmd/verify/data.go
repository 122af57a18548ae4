package main

import (
	"context"
	"io"
	"muflow/graph"

	"github.com/spf13/cobra"
)

func newData(t *terminal) *cobra.Command {
	return group(&cobra.Command{
		Use:     "data",
		Short:   "Make and inspect files of instances",
		Example: "  verify data generate --count 200 --seed 1 --out graphs.json",
	}, newDataGenerate(t, runDataGenerate))
}

// generateOptions say which instances verify data generate makes.
type generateOptions struct {
	*terminal
	count          int
	seed           uint64
	vertices, hops [2]int // least and most
	out            string
}

func newDataGenerate(t *terminal, run func(context.Context, *generateOptions) error) *cobra.Command {
	o := &generateOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:     "generate",
		Short:   "Generate ProsQA-like reachability instances",
		Long:    "Generate reachability instances like those of ProsQA: two components, so that one candidate is unreachable; vertices relabelled and edges shuffled. Instance i depends on the seed and i only.",
		Example: "  verify data generate --count 200 --seed 1 > graphs.json\n  verify data generate --vertices 40-60 --hops 5 --out large.json",
	}, o, run)
	addInt(f, &o.count, "count", 200, 1, 10_000_000, "number of instances")
	addSeed(f, &o.seed)
	addParsed(f, &o.vertices, "vertices", "14-28", "range", "number of vertices, a number or a range", parseRange)
	addParsed(f, &o.hops, "hops", "3-4", "range", "length of the demonstrated path, a number or a range", parseRange)
	f.StringVar(&o.out, "out", "", "file to write (default: standard output)")
	return c
}

func runDataGenerate(_ context.Context, o *generateOptions) error {
	shape := graph.Shape{MinVertices: o.vertices[0], MaxVertices: o.vertices[1], MinHops: o.hops[0], MaxHops: o.hops[1]}
	instances, err := graph.Suite(o.seed, o.count, shape)
	if err != nil {
		return usage(err)
	}
	return o.save(o.out, func(w io.Writer) error { return graph.Encode(w, instances) })
}
