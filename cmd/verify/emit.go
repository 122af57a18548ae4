package main

import (
	"bytes"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/sweep"

	"github.com/spf13/cobra"
)

func newEmit() *cobra.Command {
	c := &cobra.Command{
		Use:   "emit",
		Short: "Write the job file of a sweep for a cluster",
		Long: `Write a commented job file that runs a sweep in shards, for Slurm (a job array) or Kubernetes (an Indexed Job).
The flags of the sweep are those of verify sweep.`,
		Example: "  verify emit slurm --data /shared/prosqa_valid.json.gz --out /shared/run --shards 8 > verify-sweep.sh\n  verify emit kubernetes --data /work/graphs.json --out /work/run --shards 8 --image registry.example/verify:1 > verify-sweep.yaml",
		Args:    refuseUnknown,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newEmitSlurm(), newEmitKubernetes())
	return c
}

var (
	jobNameForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$`)
	slurmMemory    = regexp.MustCompile(`^[1-9][0-9]{0,8}[KMGT]?$`)
	slurmTime      = regexp.MustCompile(`^([0-9]+-)?[0-9]{1,3}(:[0-9]{2}){1,2}$`)
	kubernetesSize = regexp.MustCompile(`^[1-9][0-9]{0,8}(Ki|Mi|Gi|Ti|k|M|G|T)?$`)
	volumeName     = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	plainLine      = regexp.MustCompile(`^[^\x00-\x1f\x7f]+$`)
)

// jobFlags are the flags that job files of all kinds share.
type jobFlags struct {
	sweep                      sweepFlags
	out, name, program, memory *string
	shards, cpus               *int
}

func addJobFlags(c *cobra.Command, memory string) jobFlags {
	return jobFlags{
		sweep:   addSweepFlags(c),
		out:     c.Flags().String("out", "", "folder that all tasks see (required)"),
		name:    c.Flags().String("name", "verify-sweep", "name of the job"),
		program: c.Flags().String("program", "verify", "how this program is called there"),
		memory:  c.Flags().String("memory", memory, "memory of each task"),
		shards:  c.Flags().Int("shards", 8, "number of tasks"),
		cpus:    c.Flags().Int("cpus", 2, "processors of each task"),
	}
}

// job checks the flags and repeats those of the sweep that were given.
func (f jobFlags) job(c *cobra.Command) (*sweep.Job, error) {
	switch {
	case *f.out == "" || !plainLine.MatchString(*f.out):
		return nil, usagef("--out is required, one line")
	case !jobNameForm.MatchString(*f.name):
		return nil, usagef("--name %q, expected lower-case letters, digits and dashes", *f.name)
	case !plainLine.MatchString(*f.program):
		return nil, usagef("--program %q, expected one line", *f.program)
	case *f.shards < 1 || *f.shards > sweep.MaxShards:
		return nil, usagef("--shards %d, expected 1 to %d", *f.shards, sweep.MaxShards)
	case *f.cpus < 1 || *f.cpus > 4096:
		return nil, usagef("--cpus %d, expected 1 to 4096", *f.cpus)
	}
	if _, err := f.sweep.config(sweep.Shard{Index: 0, Count: *f.shards}); err != nil {
		return nil, err
	}
	job := &sweep.Job{Name: *f.name, Program: *f.program, Out: *f.out, Shards: *f.shards, CPUs: *f.cpus, Memory: *f.memory}
	for _, file := range *f.sweep.data {
		if !plainLine.MatchString(file) {
			return nil, usagef("--data %q, expected one line", file)
		}
		job.Sweep = append(job.Sweep, "--data", file)
	}
	for _, flag := range []struct{ name, value string }{
		{"steps", *f.sweep.steps}, {"losses", strings.Join(*f.sweep.losses, ",")}, {"alphas", strings.Join(*f.sweep.alphas, ",")}, {"seeds", *f.sweep.seeds},
		{"rate", *f.sweep.rate}, {"batch", strconv.Itoa(*f.sweep.batch)}, {"train-steps", strconv.Itoa(*f.sweep.trainSteps)}, {"digits", strconv.Itoa(*f.sweep.digits)},
	} {
		if c.Flags().Changed(flag.name) {
			job.Sweep = append(job.Sweep, "--"+flag.name, flag.value)
		}
	}
	return job, nil
}

func printJob(c *cobra.Command, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	_, err := c.OutOrStdout().Write(text.Bytes())
	return err
}

func newEmitSlurm() *cobra.Command {
	c := &cobra.Command{
		Use:     "slurm --data FILE --out DIR",
		Short:   "A batch script for a job array of Slurm",
		Example: "  verify emit slurm --data /shared/prosqa_valid.json.gz --out /shared/run --shards 8 --seeds 1-20 > verify-sweep.sh\n  sbatch verify-sweep.sh",
		Args:    cobra.NoArgs,
	}
	flags := addJobFlags(c, "2G")
	limit := c.Flags().String("time", "01:00:00", "time limit of each task, hours:minutes:seconds")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !slurmTime.MatchString(*limit) {
			return usagef("--time %q, expected hours:minutes:seconds", *limit)
		}
		if !slurmMemory.MatchString(*flags.memory) {
			return usagef("--memory %q, expected a size such as 2G", *flags.memory)
		}
		job, err := flags.job(c)
		if err != nil {
			return err
		}
		job.Time = *limit
		return printJob(c, job.WriteSlurm)
	}
	return c
}

func newEmitKubernetes() *cobra.Command {
	c := &cobra.Command{
		Use:     "kubernetes --data FILE --out DIR --image IMAGE",
		Short:   "An Indexed Job for Kubernetes",
		Example: "  verify emit kubernetes --data /work/graphs.json --out /work/run --shards 8 --image registry.example/verify:1 > verify-sweep.yaml\n  kubectl apply -f verify-sweep.yaml",
		Args:    cobra.NoArgs,
	}
	flags := addJobFlags(c, "2Gi")
	image := c.Flags().String("image", "", "container image with this program (required)")
	volume := c.Flags().String("volume", "verify", "PersistentVolumeClaim with the data, which takes the results")
	mount := c.Flags().String("mount", "/work", "where the volume appears in the containers")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case *image == "" || strings.ContainsAny(*image, " \t") || !plainLine.MatchString(*image):
			return usagef("--image is required, one word")
		case !volumeName.MatchString(*volume):
			return usagef("--volume %q, expected the name of a PersistentVolumeClaim", *volume)
		case !path.IsAbs(*mount):
			return usagef("--mount %q, expected an absolute path", *mount)
		case !kubernetesSize.MatchString(*flags.memory):
			return usagef("--memory %q, expected a size such as 2Gi", *flags.memory)
		}
		job, err := flags.job(c)
		if err != nil {
			return err
		}
		inside := func(file string) bool { return strings.HasPrefix(path.Clean(file), path.Clean(*mount)+"/") }
		if !inside(job.Out) {
			return usagef("--out %s is not in the volume, which appears at %s", job.Out, *mount)
		}
		if at := slices.IndexFunc(*flags.sweep.data, func(file string) bool { return file != builtinName && !inside(file) }); at >= 0 {
			return usagef("--data %s is not in the volume, which appears at %s", (*flags.sweep.data)[at], *mount)
		}
		job.Image, job.Volume, job.Mount = *image, *volume, *mount
		return printJob(c, job.WriteKubernetes)
	}
	return c
}
