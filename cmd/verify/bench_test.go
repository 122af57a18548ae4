package main

import "testing"

func TestBenchRefusesAPlaceWithoutPeers(t *testing.T) {
	refused(t, "no folder", []string{"--peers"}, "bench", "--peers", t.TempDir()+"/none")
}
