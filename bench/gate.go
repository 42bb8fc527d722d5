package main

import (
	_ "embed"
	"encoding/json"
	"maps"
	"os"
	"runtime"
	"slices"
)

// room is how much more than what is recorded passes. Where next to no candidate is recorded, so does a trace.
const (
	room  = 1.1
	trace = .05 // a KB
)

//go:embed gate.json
var recordedJSON []byte

// recorded is what gate.json holds: figures that do not vary from run to run. -record writes it.
type recorded struct {
	Candidates map[string]map[string]float64 `json:"candidates_a_kb"` // by rules, by corpus
	BinaryMB   float64                       `json:"binary_mb"`       // of linux/amd64
}

// floors are the least ratios to json.Valid in the same rounds that pass, by kernel, corpus, and rules: about
// two thirds of what was measured with the machine busy, since the one that checks is a noisy one, and what needs the caches most loses most. Raise them with what is gained.
var floors = map[string]map[string]map[string]float64{
	"avx512":  {"mixed": {"60": 2.5, "packs": .27}, "logs": {"60": 1.6, "packs": .21}},
	"avx2":    {"mixed": {"60": 1.4, "packs": .2}, "logs": {"60": .85, "packs": .14}},
	"generic": {"mixed": {"60": .68, "packs": .13}, "logs": {"60": .42, "packs": .1}},
}

// gate holds the figures against what is recorded.
func gate(r *report, o options) error {
	var was recorded
	if err := json.Unmarshal(recordedJSON, &was); err != nil {
		return err
	}
	now := recorded{Candidates: map[string]map[string]float64{}}
	for _, f := range r.Figures {
		for _, rules := range []string{"60", "packs"} {
			if f.Name != "candidates, "+rules {
				continue
			}
			if now.Candidates[rules] == nil {
				now.Candidates[rules] = map[string]float64{}
			}
			now.Candidates[rules][f.Corpus] = f.Value
			r.gateMost("candidates, "+rules+", "+f.Corpus, f.Value, was.Candidates[rules][f.Corpus]*room+trace, "a KB")
		}
		if f.Name == "binary" && runtime.GOOS+runtime.GOARCH == "linuxamd64" {
			now.BinaryMB = f.Value
			r.gateMost("binary", f.Value, was.BinaryMB*room, "MB")
		}
	}
	for _, kernel := range slices.Sorted(maps.Keys(floors)) {
		for _, corpus := range slices.Sorted(maps.Keys(floors[kernel])) {
			for _, rules := range slices.Sorted(maps.Keys(floors[kernel][corpus])) {
				if f := r.find("rewrite, "+rules+", "+kernel, corpus); f != nil {
					r.gateLeast("Rewrite, "+rules+", clean "+corpus+", "+kernel, f.Ratio, floors[kernel][corpus][rules], "× json.Valid")
				}
			}
		}
	}
	if o.record == "" {
		return nil
	}
	b, err := json.MarshalIndent(now, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(o.record, append(b, '\n'), 0o644)
}
