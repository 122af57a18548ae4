package sweep

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxShards bounds the number of parts of a sweep.
const MaxShards = 1_000_000

// ParseShard reads i/N, or auto or auto/N, for which it asks the environment:
//
//   - the array variables of Slurm: the index is
//     (SLURM_ARRAY_TASK_ID − SLURM_ARRAY_TASK_MIN)/SLURM_ARRAY_TASK_STEP of
//     SLURM_ARRAY_TASK_COUNT, and the array must be regular;
//   - those of an Indexed Job of Kubernetes: JOB_COMPLETION_INDEX of N, or of
//     JOB_COMPLETIONS, which the job file has to set.
//
// With auto/N the number of parts found must be N.
func ParseShard(text string, environment func(string) string) (Shard, error) {
	word, number, declared := strings.Cut(text, "/")
	count := 0
	if declared {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > MaxShards {
			return Shard{}, fmt.Errorf("%q, expected i/N, auto or auto/N with N from 1 to %d", text, MaxShards)
		}
		count = n
	}
	if word == "auto" {
		return fromEnvironment(count, environment)
	}
	index, err := strconv.Atoi(word)
	if err != nil || !declared || index < 0 || index >= count {
		return Shard{}, fmt.Errorf("%q, expected i/N with 0 ≤ i < N, auto or auto/N", text)
	}
	return Shard{index, count}, nil
}

func fromEnvironment(count int, environment func(string) string) (Shard, error) {
	slurm, kubernetes := environment("SLURM_ARRAY_TASK_ID") != "", environment("JOB_COMPLETION_INDEX") != ""
	switch {
	case slurm && kubernetes:
		return Shard{}, errors.New("auto: both SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are set, expected one")
	case slurm:
		return fromSlurm(count, environment)
	case kubernetes:
		return fromKubernetes(count, environment)
	}
	return Shard{}, errors.New("auto: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set")
}

// number reads a variable that must hold a number from low to MaxShards.
func number(environment func(string) string, name string, low int) (int, error) {
	text := environment(name)
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > MaxShards {
		return 0, fmt.Errorf("auto: %s is %q, expected a number from %d to %d", name, text, low, MaxShards)
	}
	return n, nil
}

func fromSlurm(count int, environment func(string) string) (Shard, error) {
	var id, least, most, step, tasks int
	for _, v := range []struct {
		name string
		at   *int
		low  int
	}{{"ID", &id, 0}, {"MIN", &least, 0}, {"MAX", &most, 0}, {"STEP", &step, 1}, {"COUNT", &tasks, 1}} {
		var err error
		if *v.at, err = number(environment, "SLURM_ARRAY_TASK_"+v.name, v.low); err != nil {
			return Shard{}, err
		}
	}
	if id < least || id > most || (id-least)%step != 0 || (most-least)%step != 0 || (most-least)/step+1 != tasks {
		return Shard{}, fmt.Errorf("auto: task %d of the Slurm array %d-%d:%d with %d tasks: the array is not regular, use --shard i/N", id, least, most, step, tasks)
	}
	if count != 0 && count != tasks {
		return Shard{}, fmt.Errorf("auto/%d: the Slurm array has %d tasks", count, tasks)
	}
	return Shard{(id - least) / step, tasks}, nil
}

func fromKubernetes(count int, environment func(string) string) (Shard, error) {
	index, err := number(environment, "JOB_COMPLETION_INDEX", 0)
	if err != nil {
		return Shard{}, err
	}
	if environment("JOB_COMPLETIONS") != "" {
		completions, err := number(environment, "JOB_COMPLETIONS", 1)
		if err != nil {
			return Shard{}, err
		}
		if count != 0 && count != completions {
			return Shard{}, fmt.Errorf("auto/%d: JOB_COMPLETIONS is %d", count, completions)
		}
		count = completions
	}
	switch {
	case count == 0:
		return Shard{}, errors.New("auto: JOB_COMPLETION_INDEX is set, but neither JOB_COMPLETIONS nor auto/N tells the number of parts")
	case index >= count:
		return Shard{}, fmt.Errorf("auto: JOB_COMPLETION_INDEX is %d of %d", index, count)
	}
	return Shard{index, count}, nil
}
