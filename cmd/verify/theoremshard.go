package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/prove"
)

// shardFile is the document of a shard in a folder.
func shardFile(dir string, shard sweep.Shard) (string, error) {
	return runlog.Within(dir, fmt.Sprintf("shard-%d-of-%d.json", shard.Index, shard.Count))
}

// keep writes the document of a shard to its file.
func (x *findings) keep(dir string, shard sweep.Shard) error {
	if err := runlog.MakeFolder(dir); err != nil {
		return usage(err)
	}
	file, err := shardFile(dir, shard)
	if err != nil {
		return usage(err)
	}
	if err := runlog.Replace(file, func(w io.Writer) error {
		standard := x.terminal.out
		defer func() { x.terminal.out = standard }()
		x.terminal.out = w
		x.terminal.head.Command = shardOfCommand.ReplaceAllString(x.terminal.head.Command, shardFlag(shard)) // in place of auto
		return x.document(nil)
	}); err != nil {
		return fileError(err)
	}
	if err := x.printNames(file); err != nil {
		return err
	}
	return byVerdict(x.counts.summary)
}

// shardFiles lists the documents of shards in a folder, nil if there is none.
func shardFiles(dirs []string) []string {
	if len(dirs) != 1 {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(dirs[0], "shard-*-of-*.json")) // the pattern is one
	return files
}

// shardOfCommand is what the commands of shards differ in.
var shardOfCommand = regexp.MustCompile(` --shard=[^\s"]+`)

func shardFlag(s sweep.Shard) string { return fmt.Sprintf(" --shard=%d/%d", s.Index, s.Count) }

// A shardReader reads the results in the document of a shard, one by one.
type shardReader struct {
	name   string
	file   io.Closer
	text   *json.Decoder
	before map[string]json.RawMessage // the keys before the results, the command without its shard
	shard  string                     // the flag in the command
	next   *prove.Result              // nil after the last
	unit   prove.Unit
}

func (t *terminal) openShard(name string) (*shardReader, error) {
	f, _, err := t.open(name)
	if err != nil {
		return nil, err
	}
	r := &shardReader{name: name, file: f, text: json.NewDecoder(f), before: map[string]json.RawMessage{}}
	_, err = r.text.Token()
	for err == nil {
		var key json.Token
		if key, err = r.text.Token(); err != nil || key == "claims" {
			break
		}
		var value json.RawMessage
		if err = r.text.Decode(&value); err == nil {
			r.before[fmt.Sprint(key)] = value
		}
	}
	if err == nil {
		_, err = r.text.Token() // [
	}
	if err == nil {
		r.shard = string(shardOfCommand.Find(r.before["command"]))
		r.before["command"] = shardOfCommand.ReplaceAll(r.before["command"], nil)
		err = r.advance()
	}
	if err != nil || string(r.before["schema"]) != `"muflow/theorem/1"` {
		return nil, fmt.Errorf("%s: not the document of a shard of verify theorem", name)
	}
	return r, nil
}

// advance reads the next result, or the end of the document.
func (r *shardReader) advance() error {
	if !r.text.More() {
		r.next = nil
		_, err := r.text.Token() // ]
		var rest json.RawMessage
		for err == nil && r.text.More() {
			if _, err = r.text.Token(); err == nil {
				err = r.text.Decode(&rest)
			}
		}
		if err == nil {
			_, err = r.text.Token() // }
		}
		if err == nil {
			if _, err = r.text.Token(); err == io.EOF {
				return nil
			}
			err = errors.New("more than one document")
		} else if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.next = new(prove.Result)
	err := r.text.Decode(r.next)
	claim, known := prove.ClaimByID(r.next.Claim)
	if err == nil && !known {
		err = fmt.Errorf("no claim %q", r.next.Claim)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.unit = claim.Unit
	return nil
}

// mergeTheorem joins the documents of shards of verify theorem: in the order of
// units, then shards, as one process goes through the instances.
func mergeTheorem(o *mergeOptions, files []string) error {
	if o.out != "" {
		return usagef("--out goes with shards of a sweep, those of theorem are printed")
	}
	var shards []*shardReader
	var shard sweep.Shard
	if n, _ := fmt.Sscanf(filepath.Base(files[0]), "shard-%d-of-%d.json", &shard.Index, &shard.Count); n < 2 || len(files) > shard.Count {
		return usagef("%s: %d documents of shards, expected those of one run", o.dirs[0], len(files))
	}
	for shard.Index = 0; shard.Index < shard.Count; shard.Index++ {
		name, err := shardFile(o.dirs[0], shard)
		if err == nil && !slices.Contains(files, name) {
			err = fmt.Errorf("%s is missing", name)
		}
		if err != nil {
			return usage(err)
		}
		r, err := o.openShard(name)
		if err != nil {
			return usage(err)
		}
		defer r.file.Close()
		if r.shard != shardFlag(shard) {
			return usagef("%s: the shard of another place, made with %q", name, strings.TrimSpace(r.shard))
		}
		shards = append(shards, r)
		for key, value := range r.before {
			if string(shards[0].before[key]) != string(value) || len(shards[0].before) != len(r.before) {
				return usagef("%s: %s is not that of %s", name, key, files[0])
			}
		}
	}
	if err := o.head.resume(shards[0].before); err != nil {
		return usage(err)
	}
	found, err := o.newFindings(o.json)
	if err != nil {
		return err
	}
	defer found.close()
	for _, unit := range []prove.Unit{prove.OnProfile, prove.OnStep, prove.OnThoughts} {
		for _, r := range shards {
			for r.next != nil && r.unit == unit {
				if err := found.add([]prove.Result{*r.next}); err != nil {
					return err
				}
				if err := r.advance(); err != nil {
					return usage(err)
				}
			}
		}
	}
	for _, r := range shards {
		if r.next != nil {
			return usagef("%s: %s is out of order", r.name, r.next.Claim)
		}
	}
	return found.conclude(o.json, nil, func(io.Writer) {})
}

// resume takes over what another document says of its making, but the command.
func (h *header) resume(keys map[string]json.RawMessage) error {
	text, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	of := struct {
		Data json.RawMessage `json:"data"`
		*header
	}{header: h}
	command := h.Command
	if err := json.Unmarshal(text, &of); err != nil {
		return err
	}
	h.Command = command
	var file source
	var name string
	if json.Unmarshal(of.Data, &file) == nil {
		h.Data = file
	} else if json.Unmarshal(of.Data, &name) == nil {
		h.Data = name
	}
	return nil
}
