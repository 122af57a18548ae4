package check

import (
	"context"
	"os"
	"testing"

	"muflow/internal/script"
)

// BenchmarkTheories decides everything in a file.
func BenchmarkTheories(b *testing.B) {
	for _, name := range []string{"attention-merged", "attention-separate", "joma", "joma-sparse", "softmax"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile("../../theories/" + name + ".star")
			if err != nil {
				b.Fatal(err)
			}
			th, err := script.Run(name+".star", text, script.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Theory(context.Background(), th, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
