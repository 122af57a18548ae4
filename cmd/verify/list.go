package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// listOptions say how verify list prints the claims.
type listOptions struct {
	*terminal
	markdown bool
}

func newList(t *terminal, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:     "list",
		Short:   "List every claim: statement, assumptions, what proves it, which command shows it",
		Example: "  verify list\n  verify list --json\n  verify list --markdown > claims.md",
	}, o, run)
	f.BoolVar(&o.markdown, "markdown", false, "print the table of claims in Markdown")
	o.addJSON(f)
	excludes(c, "json", "markdown")
	return c
}

func runList(_ context.Context, o *listOptions) error {
	if o.markdown {
		return o.write([]byte(prove.ClaimsMarkdown()))
	}
	document := struct {
		Claims      []*prove.Claim    `json:"claims"`
		Assumptions map[string]string `json:"assumptions"`
	}{prove.Claims, theory.Assumptions}
	return o.print("list/1", document, func(w io.Writer) {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, claim := range prove.Claims {
			fmt.Fprintf(table, "%s\t%s\t%s\n", claim.ID, claim.Theorem, claim.Statement)
			fmt.Fprintf(table, "\tassumes\t%s\n", strings.Join(claim.Assumptions, " "))
			fmt.Fprintf(table, "\tproof\t%s\n", claim.Proof)
			fmt.Fprintf(table, "\tevidence\t%s\n", claim.Evidence())
			fmt.Fprintf(table, "\tshown by\t%s\n", claim.Command)
		}
		table.Flush()
	})
}

func newVersion(t *terminal, run func(context.Context, *terminal) error) *cobra.Command {
	c, f := bind(&cobra.Command{
		Use:     "version",
		Short:   "Print the version of the tool, of Go and of the modules it was built with",
		Example: "  verify version\n  verify version --json",
	}, t, run)
	t.addJSON(f)
	return c
}

func runVersion(_ context.Context, t *terminal) error {
	type module struct {
		Path    string `json:"path"`
		Version string `json:"version"`
	}
	document := struct {
		Go       string   `json:"go"`
		Platform string   `json:"platform"`
		Modules  []module `json:"modules"`
	}{Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Modules: []module{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			document.Modules = append(document.Modules, module{m.Path, m.Version})
		}
	}
	return t.print("version/1", document, func(w io.Writer) {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("verify %s %s %s %s", t.head.Version, document.Go, document.Platform, t.head.Revision), " "))
		for _, m := range document.Modules {
			fmt.Fprintf(w, "  %s %s\n", m.Path, m.Version)
		}
	})
}

// revision is that of the source, where the build knows it.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return ""
}

// version is that of CHANGELOG.md.
const version = "0.1.0"
