package main

import (
	"context"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"muflow/internal/sweep"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newEmit(t *terminal) *cobra.Command {
	return group(&cobra.Command{
		Use:   "emit",
		Short: "Write the job file of a sweep for a cluster",
		Long: `Write a commented job file that runs a sweep in shards, for Slurm (a job array) or Kubernetes (an Indexed Job).
The flags of the sweep are those of verify sweep.`,
		Example: "  verify emit slurm --data /shared/prosqa_valid.json.gz --out /shared/run --shards 8 > verify-sweep.sh\n  verify emit kubernetes --data /work/graphs.json --out /work/run --shards 8 --image registry.example/verify:1 > verify-sweep.yaml",
	}, newEmitSlurm(t, runEmit), newEmitKubernetes(t, runEmit))
}

var (
	jobNameForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$`)
	slurmMemory    = regexp.MustCompile(`^[1-9][0-9]{0,8}[KMGT]?$`)
	slurmTime      = regexp.MustCompile(`^([0-9]+-)?[0-9]{1,3}(:[0-9]{2}){1,2}$`)
	kubernetesSize = regexp.MustCompile(`^[1-9][0-9]{0,8}(Ki|Mi|Gi|Ti|k|M|G|T)?$`)
	volumeName     = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	plainLine      = regexp.MustCompile(`^[^\x00-\x1f\x7f]+$`)
	plainWord      = regexp.MustCompile(`^[^\x00-\x20\x7f]+$`)
	absolutePath   = regexp.MustCompile(`^/[^\x00-\x1f\x7f]*$`)
)

// emitOptions say what a job file is about.
type emitOptions struct {
	*terminal
	grid  grid
	job   sweep.Job
	write func(*sweep.Job, io.Writer) error
}

// add adds the flags that job files of all kinds share.
func (o *emitOptions) add(c *cobra.Command, memory string, size *regexp.Regexp) {
	f := c.Flags()
	o.grid.add(f)
	addText(f, &o.job.Out, "out", "", "folder that all tasks see (required)", plainLine, "one line")
	addText(f, &o.job.Name, "name", "verify-sweep", "name of the job", jobNameForm, "lower-case letters, digits and dashes")
	addText(f, &o.job.Program, "program", "verify", "how this program is called there", plainLine, "one line")
	addText(f, &o.job.Memory, "memory", memory, "memory of each task", size, "a size such as "+memory)
	addInt(f, &o.job.Shards, "shards", 8, 1, sweep.MaxShards, "number of tasks")
	addInt(f, &o.job.CPUs, "cpus", 2, 1, 4096, "processors of each task")
	require(c, "out")
	o.repeat(c)
}

func newEmitSlurm(t *terminal, run func(context.Context, *emitOptions) error) *cobra.Command {
	o := &emitOptions{terminal: t, write: (*sweep.Job).WriteSlurm}
	c, f := bind(&cobra.Command{
		Use:     "slurm --data FILE --out DIR",
		Short:   "A batch script for a job array of Slurm",
		Example: "  verify emit slurm --data /shared/prosqa_valid.json.gz --out /shared/run --shards 8 --seeds 1-20 > verify-sweep.sh\n  sbatch verify-sweep.sh",
	}, o, run)
	o.add(c, "2G", slurmMemory)
	addText(f, &o.job.Time, "time", "01:00:00", "time limit of each task, hours:minutes:seconds", slurmTime, "hours:minutes:seconds")
	return c
}

func newEmitKubernetes(t *terminal, run func(context.Context, *emitOptions) error) *cobra.Command {
	o := &emitOptions{terminal: t, write: (*sweep.Job).WriteKubernetes}
	c, f := bind(&cobra.Command{
		Use:     "kubernetes --data FILE --out DIR --image IMAGE",
		Short:   "An Indexed Job for Kubernetes",
		Example: "  verify emit kubernetes --data /work/graphs.json --out /work/run --shards 8 --image registry.example/verify:1 > verify-sweep.yaml\n  kubectl apply -f verify-sweep.yaml",
	}, o, run)
	o.add(c, "2Gi", kubernetesSize)
	addText(f, &o.job.Image, "image", "", "container image with this program (required)", plainWord, "one word")
	addText(f, &o.job.Volume, "volume", "verify", "PersistentVolumeClaim with the data, which takes the results", volumeName, "the name of a PersistentVolumeClaim")
	addText(f, &o.job.Mount, "mount", "/work", "where the volume appears in the containers", absolutePath, "an absolute path")
	require(c, "image")
	return c
}

// repeat has the job repeat the flags of the sweep that are given.
func (o *emitOptions) repeat(c *cobra.Command) {
	c.PreRun = func(c *cobra.Command, _ []string) {
		var names pflag.FlagSet
		names.SortFlags = false
		new(grid).add(&names)
		names.VisitAll(func(f *pflag.Flag) {
			given := c.Flags().Lookup(f.Name)
			if f.Name == "data" {
				for _, file := range o.grid.data {
					o.job.Sweep = append(o.job.Sweep, "--data", file)
				}
			} else if given.Changed {
				o.job.Sweep = append(o.job.Sweep, "--"+f.Name, strings.Trim(given.Value.String(), "[]"))
			}
		})
	}
}

func runEmit(_ context.Context, o *emitOptions) error {
	config, err := o.grid.config(sweep.Shard{Index: 0, Count: o.job.Shards})
	if err != nil {
		return err
	}
	for _, file := range o.grid.data {
		config.Datasets = append(config.Datasets, sweep.Source{Name: datasetName(file)})
		if !plainLine.MatchString(file) {
			return usagef("--data %q, expected one line", file)
		}
	}
	if err := config.Check(); err != nil { // here, not in every task
		return usage(err)
	}
	if mount := o.job.Mount; mount != "" {
		inside := func(file string) bool { return strings.HasPrefix(path.Clean(file), path.Clean(mount)+"/") }
		if !inside(o.job.Out) {
			return usagef("--out %s is not in the volume, which appears at %s", o.job.Out, mount)
		}
		if at := slices.IndexFunc(o.grid.data, func(file string) bool { return file != builtinName && !inside(file) }); at >= 0 {
			return usagef("--data %s is not in the volume, which appears at %s", o.grid.data[at], mount)
		}
	}
	return o.save("", func(w io.Writer) error { return o.write(&o.job, w) })
}
