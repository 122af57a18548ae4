package exhaust

import (
	"encoding/json"
	"errors"
	"fmt"

	"muflow/internal/hunt"
	"muflow/internal/runlog"
	"muflow/internal/strict"
)

// ErrShards says that folders are not all the shards of one campaign.
var ErrShards = errors.New("not the shards of one campaign")

// Merge joins the shards of a campaign, each of which is a folder, or in one, and
// finished. It is an error if one is missing, there twice, not finished, or of
// another campaign. What Run then reports is what one campaign would have.
func Merge(dirs []string) (*Campaign, error) {
	names, err := runlog.FoldersIn(dirs, "")
	if err != nil {
		return nil, err
	}
	var whole *Campaign
	var taken []bool
	for _, dir := range names {
		shard, count, err := readShard(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if whole == nil {
			bare := shard.config
			bare.Shard = Shard{}
			if whole, err = New(bare); err != nil {
				return nil, err
			}
			taken = make([]bool, count.Count)
		}
		switch {
		case len(names) != count.Count || count.Count != len(taken):
			return nil, fmt.Errorf("%s: %w: %d folders, expected %d", dir, ErrShards, len(names), count.Count)
		case taken[count.Index]:
			return nil, fmt.Errorf("%s: %w: shard %d is there twice", dir, ErrShards, count.Index)
		}
		taken[count.Index] = true
		if err := whole.join(shard); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	whole.next = len(whole.mine)
	return whole, nil
}

// IsCampaign reports whether some folders are, or hold, those of campaigns.
func IsCampaign(dirs []string) bool {
	names, err := runlog.FoldersIn(dirs, "")
	if err == nil {
		_, err = runlog.ConfigOf(names[0], Kind)
	}
	return err == nil
}

// readShard reads a finished shard, with its place.
func readShard(dir string) (*Campaign, Shard, error) {
	text, err := runlog.ConfigOf(dir, Kind)
	if err != nil {
		return nil, Shard{}, err
	}
	var config Config
	if err := strict.Unmarshal(text, &config); err != nil {
		return nil, Shard{}, err
	}
	if len(config.Statements) > 0 { // whose formulas are to be read again
		text, err := json.Marshal(config.Statements)
		if err != nil {
			return nil, Shard{}, err
		}
		if config.Statements, err = hunt.DecodeStatements(text); err != nil {
			return nil, Shard{}, err
		}
	}
	c, err := New(config)
	if err == nil {
		err = runlog.Replay(dir, c.replay)
	}
	if err == nil && c.next < len(c.mine) {
		err = fmt.Errorf("%w: %d of %d parts are done", ErrShards, c.next, len(c.mine))
	}
	return c, Shard{config.Shard.Index, max(1, config.Shard.Count)}, err
}

// join adds a shard to the whole.
func (c *Campaign) join(shard *Campaign) error {
	of := shard.config
	of.Shard = Shard{}
	mine, err := json.Marshal(c.config)
	if err != nil {
		return err
	}
	other, err := json.Marshal(of)
	if err != nil {
		return err
	}
	if difference := runlog.Difference(mine, other); difference != "" {
		return fmt.Errorf("%w: %s", ErrShards, difference)
	}
	c.total.add(shard.total)
	for k, d := range shard.decided {
		if old, ok := c.decided[k]; ok && old != d {
			return fmt.Errorf("%w: profile %d is decided in two ways", ErrShards, k)
		}
		c.decided[k] = d
	}
	return nil
}
