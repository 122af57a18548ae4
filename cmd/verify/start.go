//go:build !page

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"muflow/graph"
	"muflow/internal/rocq"
	"muflow/prove"

	"github.com/spf13/cobra"
)

func main() {
	supervise()
	if os.Getenv("GOGC") == "" {
		spare = make([]byte, 16<<20)
	}
	t := &terminal{out: os.Stdout, err: os.Stderr}
	code := t.run(t.withSignals(), os.Args[1:])
	runtime.KeepAlive(spare)
	os.Exit(code)
}

// commandGroups are the commands in the order of the help.
func commandGroups(t *terminal) []commandGroup {
	return []commandGroup{{"theory", "Theory", []*cobra.Command{newTheorem(t, runTheorem), newRecheck(t, runRecheck), newList(t, runList), newEquilibrium(t, runEquilibrium), newFlow(t, runFlow),
		newPopulation(t, runPopulation), newOverlap(t, runOverlap), newAttention(t, runAttention), newOvershoot(t, runOvershoot), newPredict(t, runPredict), newCurriculum(t, runCurriculum),
		newTightness(t, runTightness)}},
		{"search", "Search", []*cobra.Command{newHunt(t, runHunt), newExhaust(t, runExhaust), newExplore(t, runExplore)}},
		{"training", "Training", []*cobra.Command{newTrain(t, runTrain), newLadder(t, runLadder)}},
		{"run", "Your run", []*cobra.Command{newCompare(t, runCompare), newProbe(t, runProbe)}},
		{"own", "Your theory", []*cobra.Command{newCheck(t, runCheck), newBaseline(t)}},
		{"data", "Data", []*cobra.Command{newData(t)}},
		{"runs", "Runs", []*cobra.Command{newSweep(t, runSweep), newMerge(t, runMerge), newExport(t, runExport), newEmit(t), newReport(t, runReport), newFigure(t)}},
		{"page", "Page", pageCommands(t)},
	}
}

// layOutHelp has the help of a command and of all below it set in columns, once it
// is asked for.
func layOutHelp(root *cobra.Command) {
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", columns)))
	show := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		fitHelp(c)
		show(c, args)
	})
}

// writeRocq writes the numbers of instances for the Rocq prover.
func (o *theoremOptions) writeRocq(ctx context.Context, instances []graph.Instance, results []prove.Result) error {
	return rocq.Write(ctx, o.rocq, cmp.Or(o.data, "the built-in suite"), instances, results, o.alpha, o.digits, o.jobs)
}

func hiddenCommands(t *terminal, root *cobra.Command) []*cobra.Command {
	return []*cobra.Command{newBench(t, runBench), newReference(t, root, runReference)}
}
