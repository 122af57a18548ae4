//go:build !page

package page

import (
	"embed"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"muflow/theories"
)

//go:embed web/*.css web/*.html web/*.js web/*.json web/vendor
var web embed.FS

// Files returns the files of the front end, by their names with slashes: those
// of the folder web, and the theories that it offers as examples.
func Files() map[string][]byte {
	files := map[string][]byte{}
	add := func(from fs.FS, root, under string) {
		err := fs.WalkDir(from, root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) == ".go" {
				return err
			}
			text, err := fs.ReadFile(from, name)
			files[path.Join(under, strings.TrimPrefix(strings.TrimPrefix(name, root), "/"))] = text
			return err
		})
		if err != nil {
			panic(err) // of files that are part of the program
		}
	}
	add(web, "web", "")
	add(theories.Files, ".", "theories")
	var examples []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if folder, base := path.Split(name); folder == "theories/" {
			examples = append(examples, base)
		}
	}
	index, err := json.Marshal(examples)
	if err != nil {
		panic(err) // of texts
	}
	files["theories/index.json"] = index
	return files
}
