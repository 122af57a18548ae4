//go:build page && js

package main

import (
	"context"

	"muflow/graph"
	"muflow/internal/page"
	"muflow/prove"

	"github.com/spf13/cobra"
)

// main answers the requests of a worker of the page: the program that verify
// page compiles to WebAssembly.
func main() { page.Work(answer) }

// The page has only the commands that it may ask for, and neither what draws
// figures, with its fonts, nor what lays out help: a program that starts sooner.

func commandGroups(t *terminal) []commandGroup {
	return []commandGroup{{"page", "Page", []*cobra.Command{newTheorem(t, runTheorem), newList(t, runList), newEquilibrium(t, runEquilibrium), newFlow(t, runFlow),
		newPopulation(t, runPopulation), newOverlap(t, runOverlap), newAttention(t, runAttention), newOvershoot(t, runOvershoot), newPredict(t, runPredict),
		newTightness(t, runTightness), newHunt(t, runHunt), newExplore(t, runExplore), newTrain(t, runTrain), newCompare(t, runCompare), newCheck(t, runCheck), newData(t)}}}
}

func hiddenCommands(*terminal, *cobra.Command) []*cobra.Command { return nil }

func layOutHelp(*cobra.Command) {}

func (*theoremOptions) writeRocq(context.Context, []graph.Instance, []prove.Result) error { return nil }

func (*compareOptions) drawCurves(*compareDocument) error { return nil }

func (*terminal) emitProfile(context.Context, profileRequest) error { return nil }
