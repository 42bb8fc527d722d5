package main

import (
	_ "embed"
	"encoding/json"
	"os"
	"runtime"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// room is how much more than what is recorded passes.
const room = 1.1

//go:embed gate.json
var recordedJSON []byte

// recorded is what gate.json holds: figures that do not vary from run to run. -record writes it.
type recorded struct {
	Candidates map[string]map[string]float64 `json:"candidates_a_kb"` // by rules, by corpus
	BinaryMB   float64                       `json:"binary_mb"`       // of linux/amd64
}

// floors are the least ratios to json.Valid in the same rounds, with the sixty and with all packs, that pass: about
// two thirds of what was measured, since the machine that checks is a noisy one. Raise them with what is gained.
func floors() map[string][2]float64 {
	switch bytescan.Kernel() {
	case "avx512":
		return map[string][2]float64{"mixed": {.5, .3}, "logs": {.4, .12}}
	case "avx2":
		return map[string][2]float64{"mixed": {.5, .3}, "logs": {.4, .12}}
	}
	return map[string][2]float64{"mixed": {.5, .3}, "logs": {.4, .12}}
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
			r.gateMost("candidates, "+rules+", "+f.Corpus, f.Value, was.Candidates[rules][f.Corpus]*room, "a KB")
		}
		if f.Name == "binary" && runtime.GOOS+runtime.GOARCH == "linuxamd64" {
			now.BinaryMB = f.Value
			r.gateMost("binary", f.Value, was.BinaryMB*room, "MB")
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
