package main

import (
	"bytes"

	"muflow/graph"
	"muflow/internal/runlog"

	"github.com/spf13/cobra"
)

func newData() *cobra.Command {
	c := &cobra.Command{
		Use:     "data",
		Short:   "Make and inspect files of instances",
		Example: "  verify data generate --count 200 --seed 1 --out graphs.json",
		Args:    refuseUnknown,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDataGenerate())
	return c
}

func newDataGenerate() *cobra.Command {
	c := &cobra.Command{
		Use:     "generate",
		Short:   "Generate ProsQA-like reachability instances",
		Long:    "Generate reachability instances like those of ProsQA: two components, so that one candidate is unreachable; vertices relabelled and edges shuffled. Instance i depends on the seed and i only.",
		Example: "  verify data generate --count 200 --seed 1 > graphs.json\n  verify data generate --vertices 40-60 --hops 5 --out large.json",
		Args:    cobra.NoArgs,
	}
	count := c.Flags().Int("count", 200, "number of instances")
	seed := c.Flags().Uint64("seed", 1, "seed")
	vertices := c.Flags().String("vertices", "14-28", "number of vertices, a number or a range")
	hops := c.Flags().String("hops", "3-4", "length of the demonstrated path, a number or a range")
	out := c.Flags().String("out", "", "file to write (default: standard output)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *count < 1 || *count > 10_000_000 {
			return usagef("--count %d, expected 1 to 10000000", *count)
		}
		var shape graph.Shape
		var err error
		if shape.MinVertices, shape.MaxVertices, err = parseRange("--vertices", *vertices); err != nil {
			return err
		}
		if shape.MinHops, shape.MaxHops, err = parseRange("--hops", *hops); err != nil {
			return err
		}
		instances, err := graph.Suite(*seed, *count, shape)
		if err != nil {
			return usage(err)
		}
		var text bytes.Buffer
		if err := graph.Encode(&text, instances); err != nil {
			return err
		}
		if *out == "" {
			_, err = c.OutOrStdout().Write(text.Bytes())
			return err
		}
		if err := runlog.WriteFile(*out, text.Bytes()); err != nil {
			return usage(err)
		}
		return nil
	}
	return c
}
