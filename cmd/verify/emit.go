package main

import (
	"context"
	"fmt"
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
		Short: "Write the job file of a sweep, or of exhaust, theorem or hunt, for a cluster",
		Long: `Write a commented job file that runs a command in shards, for Slurm (a job array) or Kubernetes (an Indexed Job):
a sweep, with the flags of verify sweep; or behind -- the command line of verify exhaust, theorem or hunt, to which the job
adds --out and --shard.`,
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
	words []string // of another command than sweep
	swept string   // a flag of the sweep that is given
	job   sweep.Job
	write func(*sweep.Job, io.Writer) error
}

// add adds the flags that job files of all kinds share.
func (o *emitOptions) add(c *cobra.Command, memory string, size *regexp.Regexp) {
	f := c.Flags()
	o.grid.add(f)
	addText(f, &o.job.Out, "out", "", "folder that all tasks see (required)", plainLine, "one line")
	addText(f, &o.job.Name, "name", "", "name of the job (default: verify- and the command)", jobNameForm, "lower-case letters, digits and dashes")
	addText(f, &o.job.Program, "program", "verify", "how this program is called there", plainLine, "one line")
	addText(f, &o.job.Memory, "memory", memory, "memory of each task", size, "a size such as "+memory)
	addInt(f, &o.job.Shards, "shards", 8, 1, sweep.MaxShards, "number of tasks")
	addInt(f, &o.job.CPUs, "cpus", 2, 1, 4096, "processors of each task")
	require(c, "out")
	o.repeat(c)
	c.Args = func(c *cobra.Command, args []string) error {
		if o.words = args; len(args) > 0 && c.ArgsLenAtDash() != 0 {
			return usagef("%q, expected a command behind --", args[0])
		}
		return nil
	}
}

func newEmitSlurm(t *terminal, run func(context.Context, *emitOptions) error) *cobra.Command {
	o := &emitOptions{terminal: t, write: (*sweep.Job).WriteSlurm}
	c, f := bind(&cobra.Command{
		Use:     "slurm --out DIR [-- COMMAND]",
		Short:   "A batch script for a job array of Slurm",
		Example: "  verify emit slurm --data /shared/prosqa_valid.json.gz --out /shared/run --shards 8 --seeds 1-20 > verify-sweep.sh\n  sbatch verify-sweep.sh\n  verify emit slurm --out /shared/seven --shards 64 -- exhaust --vertices 7 > verify-exhaust.sh",
	}, o, run)
	o.add(c, "2G", slurmMemory)
	addText(f, &o.job.Time, "time", "01:00:00", "time limit of each task, hours:minutes:seconds", slurmTime, "hours:minutes:seconds")
	return c
}

func newEmitKubernetes(t *terminal, run func(context.Context, *emitOptions) error) *cobra.Command {
	o := &emitOptions{terminal: t, write: (*sweep.Job).WriteKubernetes}
	c, f := bind(&cobra.Command{
		Use:     "kubernetes --out DIR --image IMAGE [-- COMMAND]",
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
			if given.Changed {
				o.swept = f.Name
			}
			if f.Name == "data" {
				for _, file := range o.grid.data {
					o.job.Arguments = append(o.job.Arguments, "--data", file)
				}
			} else if given.Changed {
				o.job.Arguments = append(o.job.Arguments, "--"+f.Name, strings.Trim(given.Value.String(), "[]"))
			}
		})
	}
}

func runEmit(_ context.Context, o *emitOptions) error {
	data, err := o.check() // here, not in every task
	if err != nil {
		return err
	}
	if o.job.Name == "" {
		o.job.Name = "verify-" + o.job.Arguments[0]
	}
	if mount := o.job.Mount; mount != "" {
		inside := func(file string) bool { return strings.HasPrefix(path.Clean(file), path.Clean(mount)+"/") }
		if !inside(o.job.Out) {
			return usagef("--out %s is not in the volume, which appears at %s", o.job.Out, mount)
		}
		if at := slices.IndexFunc(data, func(file string) bool { return !isBuiltin(file) && !inside(file) }); at >= 0 {
			return usagef("--data %s is not in the volume, which appears at %s", data[at], mount)
		}
	}
	return o.save("", func(w io.Writer) error { return o.write(&o.job, w) })
}

// check checks what the tasks will do, completes it, and returns the files that they read.
func (o *emitOptions) check() (data []string, err error) {
	if len(o.words) > 0 {
		return o.checkOther()
	}
	config, err := o.grid.config(sweep.Shard{Index: 0, Count: o.job.Shards})
	if err != nil {
		return nil, err
	}
	for _, file := range o.grid.data {
		config.Datasets = append(config.Datasets, sweep.Source{Name: datasetName(file)})
		if !plainLine.MatchString(file) {
			return nil, usagef("--data %q, expected one line", file)
		}
	}
	o.job.Arguments, o.job.Merged, o.job.Resumed = append([]string{"sweep"}, o.job.Arguments...), true, true
	return o.grid.data, usage(config.Check())
}

// checkOther is check for a command other than sweep.
func (o *emitOptions) checkOther() (data []string, err error) {
	if o.swept != "" {
		return nil, usagef("--%s in front of --, expected behind it", o.swept)
	}
	t := &terminal{out: io.Discard, err: io.Discard}
	root := &cobra.Command{SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(flagError)
	called := ""
	root.AddCommand(
		newExhaust(t, func(context.Context, *exhaustOptions) error { called = "exhaust"; return nil }),
		newTheorem(t, func(_ context.Context, x *theoremOptions) error {
			called, data = "theorem", []string{x.data}
			return nil
		}),
		newHunt(t, func(_ context.Context, x *huntOptions) error { called, data = "hunt", []string{x.data}; return nil }))
	onceEach(root)
	root.SetArgs(slices.Concat(o.words, []string{"--out", o.job.Out, "--shard", fmt.Sprintf("0/%d", o.job.Shards), "--jobs", "1"}))
	if err := root.Execute(); err != nil {
		return nil, usagef("behind --: %s", plain(err.Error()))
	}
	if called == "" {
		return nil, usagef("behind --: %q, expected exhaust, theorem or hunt with what they need", o.words[0])
	}
	o.job.Arguments, o.job.Merged, o.job.Resumed = o.words, called != "hunt", called == "exhaust"
	if o.job.Resumed && !slices.Contains(o.words, "--resume") {
		o.job.Arguments = append(slices.Clone(o.words), "--resume")
	}
	return data, nil
}
