package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muflow/prove"
)

// files calls visit with every file of the module with one of some endings.
func files(t *testing.T, visit func(name, text string), endings ...string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			return errOr(err, fs.SkipDir)
		}
		if !entry.IsDir() && slices.Contains(endings, filepath.Ext(name)) {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(strings.TrimPrefix(name, "../../")), string(text))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	lineBreak   = regexp.MustCompile(`\n\s*//\s*`)
	mention     = regexp.MustCompile(`theory\.md,? (?:sections?) ([0-9]+[a-z]?(?:(?:, | and | \([A-Za-z ]*\) and )[0-9]+[a-z]?)*)`)
	oneSection  = regexp.MustCompile(`[0-9]+[a-z]?`)
	heading     = regexp.MustCompile(`(?m)^##+ Section ([0-9]+[a-z]?)\. `)
	assumption  = regexp.MustCompile(`theory\.md, assumptions? (A[0-9]+(?:(?:, | and )A[0-9]+)*)`)
	pageLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	claimInCode = regexp.MustCompile(`((?:// [^\n]*\n)*)var \w+ = (?:[\w.]+\((?:\w+, )?)*&Claim\{\n\tID: +"([^"]+)"`)
)

// Every section and assumption of theory.md that a comment names is there.
func TestSectionsOfTheory(t *testing.T) {
	page := readPage(t, "theory.md")
	sections := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(page, -1) {
		sections[found[1]] = true
	}
	seen := 0
	files(t, func(name, text string) {
		text = lineBreak.ReplaceAllString(text, " ")
		for _, found := range mention.FindAllStringSubmatch(text, -1) {
			for _, number := range oneSection.FindAllString(found[1], -1) {
				if seen++; !sections[number] {
					t.Errorf("%s names theory.md section %s, which is not there", name, number)
				}
			}
		}
		for _, found := range assumption.FindAllStringSubmatch(text, -1) {
			for id := range strings.FieldsFuncSeq(found[1], func(r rune) bool { return !strings.ContainsRune("A0123456789", r) }) {
				if seen++; !strings.Contains(page, "\n| "+id+" |") {
					t.Errorf("%s names theory.md, assumption %s, which is not there", name, id)
				}
			}
		}
	}, ".go")
	if seen < 60 || len(sections) < 12 {
		t.Errorf("%d mentions of %d sections", seen, len(sections))
	}
}

// Every claim has its place in theory.md, and the comment of the claim says in
// which section that is.
func TestClaimsInTheory(t *testing.T) {
	page := readPage(t, "theory.md")
	in := map[string]string{} // section of each anchor
	section := ""
	for line := range strings.Lines(page) {
		if found := heading.FindStringSubmatch(line); found != nil {
			section = found[1]
		}
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), `<a id="claim-`); ok {
			in[strings.TrimSuffix(id, `"></a>`)] = section
		}
	}
	for _, claim := range prove.Claims {
		if in[claim.ID] == "" {
			t.Errorf("theory.md does not hold claim %s", claim.ID)
		}
		if !strings.Contains(page, "**Claim "+claim.ID+"**") {
			t.Errorf("theory.md does not state claim %s", claim.ID)
		}
	}
	commented := map[string]bool{}
	files(t, func(name, text string) {
		if !strings.HasPrefix(name, "prove/") {
			return
		}
		for _, found := range claimInCode.FindAllStringSubmatch(text, -1) {
			comment, id := lineBreak.ReplaceAllString(found[1], " "), found[2]
			commented[id] = true
			if !regexp.MustCompile(`theory\.md section ` + in[id] + `\b`).MatchString(comment) {
				t.Errorf("%s: the comment of claim %s does not name theory.md section %s", name, id, in[id])
			}
		}
	}, ".go")
	if len(commented) != len(prove.Claims) || len(in) != len(prove.Claims) {
		t.Errorf("%d claims, %d of them found in code, %d in theory.md", len(prove.Claims), len(commented), len(in))
	}
}

// Every file that a page links is there.
func TestLinksOfPages(t *testing.T) {
	seen := 0
	files(t, func(name, text string) {
		for _, found := range pageLink.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join("../..", filepath.Dir(name), target)); err != nil {
				t.Errorf("%s links %s, which is not there", name, target)
			}
		}
	}, ".md")
	if seen < 60 {
		t.Errorf("only %d links", seen)
	}
}

// The table of rooms in architecture.md has every package, with what it may import.
func TestRoomsOfArchitecture(t *testing.T) {
	rooms := map[string]string{}
	for line := range strings.Lines(readPage(t, "architecture.md")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if name := strings.Trim(strings.TrimSpace(cells[0]), "`"); len(cells) == 3 && (arrows[name] != nil) {
			rooms[name] = strings.TrimSpace(cells[2])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(arrows)) {
		want := "nothing"
		if len(arrows[name]) > 0 {
			want = strings.Join(arrows[name], ", ")
		}
		if rooms[name] != want {
			t.Errorf("architecture.md: %q imports %q, the table of arrows says:\n%s", name, rooms[name], want)
		}
	}
}

// TestFormalTheoremsOfClaims looks for the theorems of formal/ that claims name.
func TestFormalTheoremsOfClaims(t *testing.T) {
	files, err := filepath.Glob("../../formal/*.v")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files in formal: %v", len(files), err)
	}
	var all []byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	named := 0
	for _, c := range prove.Claims {
		for _, name := range c.Formal {
			named++
			if !regexp.MustCompile(`(?m)^Theorem ` + name + `\b`).Match(all) {
				t.Errorf("%s names the theorem %s, which formal/ does not have", c.ID, name)
			}
		}
	}
	if named < 12 {
		t.Errorf("claims name only %d theorems", named)
	}
}
