// Command kubernetes checks a Job from standard input against the types of the
// Kubernetes API: unknown or misspelt fields, wrong types and fields that are
// given twice are errors. It does not ask a cluster.
//
//	verify emit kubernetes … | go run -C tools/kubernetes .
package main

import (
	"fmt"
	"io"
	"os"

	batch "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := check(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var job batch.Job
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		return err
	}
	if job.APIVersion != "batch/v1" || job.Kind != "Job" {
		return fmt.Errorf("%s %s, expected batch/v1 Job", job.APIVersion, job.Kind)
	}
	spec := job.Spec
	if spec.CompletionMode == nil || *spec.CompletionMode != batch.IndexedCompletion || spec.Completions == nil || spec.BackoffLimitPerIndex == nil {
		return fmt.Errorf("not an Indexed Job with completions and a limit for each index")
	}
	if len(spec.Template.Spec.Containers) != 1 || spec.Template.Spec.RestartPolicy != "Never" {
		return fmt.Errorf("expected one container and restartPolicy Never, which a podFailurePolicy needs")
	}
	for _, rule := range spec.PodFailurePolicy.Rules {
		if e := rule.OnExitCodes; e != nil && *e.ContainerName != spec.Template.Spec.Containers[0].Name {
			return fmt.Errorf("a failure rule names the container %q", *e.ContainerName)
		}
	}
	fmt.Printf("job %s: %d completions, %d failure rules: fits k8s.io/api batch/v1\n", job.Name, *spec.Completions, len(spec.PodFailurePolicy.Rules))
	return nil
}
