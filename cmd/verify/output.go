package main

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

// addJSON adds --json to a command.
func addJSON(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print one JSON document")
}

// print writes a finished result to standard output in one piece: the JSON
// document, or what text writes for people.
func print(c *cobra.Command, asJSON bool, document any, text func(io.Writer)) error {
	var out bytes.Buffer
	if asJSON {
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(document); err != nil {
			return err
		}
	} else {
		text(&out)
	}
	_, err := c.OutOrStdout().Write(out.Bytes())
	return err
}
