package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"muflow/internal/runlog"
	"muflow/internal/strict"
)

// ErrExtend says that a folder cannot be extended as it was asked for.
var ErrExtend = errors.New("not extended")

// Extend makes a finished sweep, or shard, in a folder one of more seeds: its
// records stay as they are, and those of the trainings of the further seeds will
// come behind them when s runs. The seeds of s are the further ones, or all with
// those of the folder first; all other settings must be those of the folder. An
// extension that is under way, by the same seeds, goes on.
func (s *Sweep) Extend(dir string) error {
	held, err := configOf(dir)
	if err != nil {
		return err
	}
	wanted := s.config
	n := len(held.Seeds)
	last := 0 // where the last extension begins
	if k := len(held.Extended); k > 0 {
		last = held.Extended[k-1]
	}
	begins := len(wanted.Seeds) >= n && slices.Equal(wanted.Seeds[:n], held.Seeds)
	news := wanted.Seeds
	if begins {
		news = wanted.Seeds[n:]
	}
	wanted.Seeds, wanted.Extended = held.Seeds, held.Extended
	if what, err := difference(held, wanted); err != nil {
		return err
	} else if what != "" {
		return fmt.Errorf("%s: %w: in it and in the command %s, expected other seeds only", dir, ErrExtend, what)
	}
	again := len(held.Extended) > 0 && (begins && len(news) == 0 || slices.Equal(news, held.Seeds[last:]))
	if !again {
		has := setOf(held.Seeds)
		for _, seed := range news {
			if has[seed] {
				return fmt.Errorf("%s: %w: it has the seed %d, expected further ones, or all with its own first", dir, ErrExtend, seed)
			}
		}
		if len(news) == 0 {
			return fmt.Errorf("%s: %w: it has all these seeds", dir, ErrExtend)
		}
		if _, err := os.Stat(filepath.Join(dir, resultName)); err != nil {
			return fmt.Errorf("%s: %w: it is not finished: the command without --extend goes on with it", dir, ErrExtend)
		}
		wanted.Seeds = slices.Concat(held.Seeds, news)
		wanted.Extended = append(slices.Clone(held.Extended), n)
		if err := wanted.parse(); err != nil {
			return err
		}
		if err := extendFolder(dir, held, wanted); err != nil {
			return err
		}
	}
	s.config = wanted
	return nil
}

// extendFolder gives a folder another configuration, if the folder is undamaged.
func extendFolder(dir string, held, wanted Config) error {
	return runlog.Extend(dir, kind, held, wanted, func() error {
		if _, err := os.Stat(filepath.Join(dir, resultName)); err == nil {
			_, err := runlog.ReadSealed(dir, kind)
			return err
		}
		return runlog.Replay(dir, func([]byte) error { return nil })
	})
}

// resultName is a file that a finished run has.
const resultName = "result.json"

// configOf reads the configuration of a folder.
func configOf(dir string) (Config, error) {
	text, err := runlog.ConfigOf(dir, kind)
	if err != nil {
		return Config{}, err
	}
	var config Config
	if err = strict.Unmarshal(text, &config); err == nil {
		err = config.parse()
	}
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w: %w", dir, runlog.ErrDamaged, err)
	}
	return config, nil
}

// difference describes how two configurations differ, "" if they do not.
func difference(a, b any) (string, error) {
	var texts [2][]byte
	for i, c := range []any{a, b} {
		var err error
		if texts[i], err = json.Marshal(c); err != nil {
			return "", err
		}
	}
	return runlog.Difference(texts[0], texts[1]), nil
}

// extendMerged makes a merge of the shards before their extension one that goes
// on with them.
func extendMerged(out string, config Config) error {
	held, err := configOf(out)
	if err != nil { // nothing there: a new merge
		return nil
	}
	before := config
	for k := len(config.Extended) - 1; k >= 0; k-- {
		before.Seeds, before.Extended = config.Seeds[:config.Extended[k]], config.Extended[:k]
		if what, err := difference(held, before); err == nil && what == "" {
			return extendFolder(out, held, config)
		}
	}
	return nil
}
