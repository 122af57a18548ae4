package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"muflow/graph"
	"muflow/internal/checkpoint"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/sim"
	"muflow/sim/learned"
)

// checkpointName is the file in the folder of a training that holds the last
// kept state: a checksum and what Session.State returned.
const checkpointName = "checkpoint"

// checkpointInterval is the least time between two checkpoints.
const checkpointInterval = 5 * time.Second

// trainConfig is all that the results of a training depend on.
type trainConfig struct {
	Version string `json:"version"`
	Preset  string `json:"preset"`
	Loss    string `json:"loss"`
	Seed    uint64 `json:"seed"`
	Steps   int    `json:"steps"`
	Data    string `json:"data,omitempty"` // checksum of the instances
	Kernel  string `json:"kernel,omitempty"`

	Label    string `json:"label,omitempty"`
	Names    string `json:"names,omitempty"`
	Schedule string `json:"schedule,omitempty"`
}

// A trainFolder keeps the series of a training as a log, one point a record,
// and its state as a checkpoint; without a run it keeps nothing but the series.
type trainFolder struct {
	run    *runlog.Run
	points []sim.Point
	texts  [][]byte   // of the points, as logged
	last   *sim.Point // at the end, where it is not due and so not of a longer run
	saved  time.Time
}

// config returns what the results depend on.
func (o *trainOptions) config(instances []graph.Instance) (c trainConfig, err error) {
	c = trainConfig{Version: version, Preset: o.preset.name, Loss: o.loss.String(), Seed: o.seed, Steps: o.steps, Schedule: o.schedule}
	if o.kernel != nil {
		c.Kernel = o.kernel.Name()
	}
	if o.loss == sim.Coconut {
		c.Label = o.preset.label().String()
	}
	if p := o.preset.learned; p != nil {
		c.Names = p.Format.Names.String()
	}
	c.Data, err = checksumOf(instances)
	return c, err
}

// recorded returns the configuration of the run that is to be resumed, if
// there is one.
func (o *trainOptions) recorded() (trainConfig, bool) {
	var document struct {
		Config trainConfig `json:"config"`
	}
	if !o.resume {
		return trainConfig{}, false
	}
	text, err := runlog.ReadIn(o.out, "run.json", runlog.MaxDocument)
	ok := err == nil && strict.Unmarshal(text, &document) == nil
	return document.Config, ok
}

// openFolder opens the folder of the training, if there is to be one, and puts
// the session into the state that it holds.
func (o *trainOptions) openFolder(session sim.Session, instances []graph.Instance) (*trainFolder, error) {
	if o.out == "" {
		return &trainFolder{}, nil
	}
	config, err := o.config(instances)
	if err != nil {
		return nil, err
	}
	if before, ok := o.recorded(); ok && before.Steps < config.Steps {
		longer := before
		if longer.Steps = config.Steps; longer == config { // the same run goes on
			if err := o.restore(session, before.Steps); err != nil { // before anything is changed
				return nil, usage(err)
			}
			if err := runlog.Extend(o.out, "train", before, config, func() error { return o.checkSeries(session, before.Steps) }); err != nil {
				return nil, usage(err)
			}
		}
	}
	f := &trainFolder{saved: time.Now()}
	f.run, err = runlog.Open(o.out, "train", config, o.resume, f.taking(config.Steps))
	if err != nil {
		return nil, usage(err)
	}
	if err := o.restore(session, config.Steps); err != nil {
		return nil, usage(errors.Join(err, f.run.Close()))
	}
	return f, nil
}

// taking returns what takes the logged points of a run of so many steps.
func (f *trainFolder) taking(steps int) func(record []byte) error {
	return func(record []byte) error {
		var p sim.Point
		if err := strict.Unmarshal(record, &p); err != nil {
			return err
		}
		if before := len(f.points) - 1; p.Step < 0 || p.Step > steps || before >= 0 && p.Step <= f.points[before].Step {
			return fmt.Errorf("point %d is of step %d in a run of %d, expected increasing steps up to there", before+1, p.Step, steps)
		}
		f.points, f.texts = append(f.points, p), append(f.texts, bytes.Clone(record))
		return nil
	}
}

// checkSeries refuses a folder whose log is damaged or, where its run of so many
// steps is finished, does not hold the series of the document: but for its last
// point, where by the restored session this is there for the end only.
func (o *trainOptions) checkSeries(session sim.Session, steps int) error {
	var logged trainFolder
	if err := runlog.Replay(o.out, logged.taking(steps)); err != nil {
		return err
	}
	text, err := runlog.ReadIn(o.out, "result.json", runlog.MaxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var document struct{ Series []sim.Point }
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	logsLast := session.Done() == steps && session.Due()
	if n, m := len(document.Series), len(logged.points); err == nil && n != m && (n != m+1 || logsLast) {
		err = fmt.Errorf("%w: a log of %d points and a document of %d", runlog.ErrDamaged, m, n)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.out, err)
	}
	return nil
}

// restore puts the session into the state that is kept in the folder of a run of
// so many steps, if one is.
func (o *trainOptions) restore(session sim.Session, steps int) error {
	state, err := runlog.ReadIn(o.out, checkpointName, runlog.MaxCheckpoint)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && (len(state) < 4 || binary.LittleEndian.Uint32(state) != crc32.ChecksumIEEE(state[4:])):
		err = errors.New("broken checkpoint")
	case err == nil:
		if err = session.Restore(state[4:]); err == nil && session.Done() > steps {
			err = fmt.Errorf("checkpoint of step %d in a run of %d", session.Done(), steps)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.out, err)
	}
	return nil
}

// keep writes the state of the session.
func (f *trainFolder) keep(session sim.Session) error {
	state := session.State()
	text := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(state))
	f.saved = time.Now()
	if err := f.run.Sync(); err != nil { // the points before the state that comes after them
		return err
	}
	return runlog.WriteIn(f.run.Dir(), checkpointName, append(text, state...))
}

// observe logs the next point, but for one that is only there because the run
// ends. Points that were logged before the process died
// but after its last checkpoint come again, and must be the same.
func (f *trainFolder) observe(p sim.Point, due bool) error {
	switch {
	case f.run == nil:
		f.points = append(f.points, p)
		return nil
	case !due:
		f.last = &p
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	for i, logged := range f.points {
		if logged.Step == p.Step && logged.Stage == p.Stage {
			if !bytes.Equal(f.texts[i], text) {
				return fmt.Errorf("step %d: the resumed run differs from what was logged", p.Step)
			}
			return nil
		}
	}
	f.points, f.texts = append(f.points, p), append(f.texts, text)
	return f.run.Append(text)
}

// advance trains up to the given step, keeps what it does, and returns the
// series.
func (f *trainFolder) advance(ctx context.Context, session sim.Session, steps int, progress runlog.Progress) ([]sim.Point, error) {
	observe := func(p sim.Point) error { return f.observe(p, session.Due()) }
	if f.run != nil && session.Done() > 0 && session.Due() && !slices.ContainsFunc(f.points, func(p sim.Point) bool { return p.Step == session.Done() }) {
		p, err := session.Point(ctx) // at which the run was interrupted
		if err != nil {
			return f.points, err
		}
		if err := f.observe(p, true); err != nil {
			return f.points, err
		}
	}
	err := sim.Advance(ctx, session, steps, observe, func() error {
		if progress != nil {
			progress(session.Done(), steps)
		}
		if f.run == nil || time.Since(f.saved) < checkpointInterval {
			return nil
		}
		return f.keep(session)
	})
	if f.run == nil {
		return f.points, err
	}
	if session.Done() > 0 {
		err = errors.Join(err, f.keep(session))
	}
	if err != nil || session.Due() {
		return f.points, err
	}
	if f.last == nil { // a finished run is resumed
		p, err := session.Point(ctx)
		if err != nil {
			return f.points, err
		}
		f.last = &p
	}
	return append(slices.Clone(f.points), *f.last), nil
}

// close gives the folder up. What matters was synced by finish.
func (f *trainFolder) close() {
	if f.run != nil {
		f.run.Close()
	}
}

// finish marks the training as finished and keeps its document.
func (f *trainFolder) finish(t *terminal, document trainDocument) error {
	if f.run == nil {
		return nil
	}
	text, err := t.document("train/1", document)
	if err != nil {
		return err
	}
	if kept, done := f.run.Result(); done {
		if !sameResult(kept, text) {
			return fmt.Errorf("%s: the finished run held another result", f.run.Dir())
		}
		return nil
	}
	return f.run.Finish(text)
}

// In the folder of a finished training of a GPT-2 are its weights, and how its
// prompts are written.
const (
	modelName  = "model.safetensors"
	layoutName = "layout.json"
)

// save writes both.
func (f *trainFolder) save(session sim.Session) error {
	s, ok := session.(*learned.Session)
	if f.run == nil || !ok || !checkpoint.Savable(s.Model()) {
		return nil
	}
	layout, err := json.MarshalIndent(s.Layout(), "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(runlog.WriteIn(f.run.Dir(), layoutName, append(layout, '\n')),
		runlog.ReplaceIn(f.run.Dir(), modelName, func(w io.Writer) error { return checkpoint.Save(w, s.Model(), s.Done()) }))
}

// sameResult reports whether two documents are the same but for their headers:
// another version of the program may have finished a training.
func sameResult(a, b []byte) bool {
	bodies := [2]map[string]json.RawMessage{}
	for i, text := range [][]byte{a, b} {
		var body bytes.Buffer
		if json.Compact(&body, text) != nil || strict.Unmarshal(body.Bytes(), &bodies[i]) != nil {
			return false
		}
		for _, f := range reflect.VisibleFields(reflect.TypeFor[header]()) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			delete(bodies[i], name)
		}
	}
	return maps.EqualFunc(bodies[0], bodies[1], func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })
}

// checksumOf identifies the instances of a training, "" if the preset makes
// its own.
func checksumOf(instances []graph.Instance) (string, error) {
	if len(instances) == 0 {
		return "", nil
	}
	sum := sha256.New()
	if err := graph.Encode(sum, instances); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
