package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// hostile measures inputs that were made to keep the filter busy: that none is slow, and that a longer one
// takes no longer, byte for byte.
func hostile(r *report, o options) error {
	short, long, rounds, search := 64<<10, 1<<20, 3, 1000
	if o.quick {
		short, long, rounds, search = 16<<10, 256<<10, 3, 50 // of fewer rounds one that the collector is in would tell all
	}
	packs, err := newFilters()
	if err != nil {
		return err
	}
	p60, err := sixtyFilters("60")
	if err != nil {
		return err
	}
	texts, longTexts := corpus.Hostile(short), corpus.Hostile(long)
	msgs, longMsgs := corpus.HostileMessages(short), corpus.HostileMessages(long)
	type input struct {
		job, name   string
		short, long []byte
		run         func([]byte) uint64
		mbs, longer float64
		seed        uint64 // of one by chance
	}
	var all []*input
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		all = append(all, &input{job: "detect, packs", name: name, short: texts[name], long: longTexts[name], run: packs.detect()})
	}
	for _, name := range slices.Sorted(maps.Keys(msgs)) {
		all = append(all,
			&input{job: "rewrite, packs", name: name, short: msgs[name], long: longMsgs[name], run: packs.rewrite(packs.encrypt)},
			&input{job: "rewrite, 60", name: name, short: msgs[name], long: longMsgs[name], run: p60.rewrite(p60.encrypt)})
	}
	// Of texts that are put together by chance, the slowest are measured as the others are.
	var mixed []*input
	for seed := range uint64(search) {
		x := &input{job: "rewrite, packs", name: fmt.Sprintf("by chance, %d", seed), short: corpus.HostileMessage(corpus.HostileMix(short, seed)), run: packs.rewrite(packs.encrypt)}
		j := job{x.name, &corpus.Corpus{Messages: [][]byte{x.short}, Bytes: len(x.short)}, x.run}
		j.lap(false)
		perByte, _ := j.lap(false)
		x.mbs, x.seed = 1e-6/perByte, seed
		mixed = append(mixed, x)
	}
	slices.SortFunc(mixed, func(a, b *input) int { return cmp.Compare(a.mbs, b.mbs) })
	for _, x := range mixed[:5] {
		x.long = corpus.HostileMessage(corpus.HostileMix(long, x.seed))
		all = append(all, x)
	}
	for _, x := range all {
		one := func(msg []byte) *corpus.Corpus {
			return &corpus.Corpus{Messages: [][]byte{msg}, Bytes: len(msg)}
		}
		// Short ones many times, so that both work on as many bytes.
		many := &corpus.Corpus{}
		for many.Bytes < long {
			many.Messages, many.Bytes = append(many.Messages, x.short), many.Bytes+len(x.short)
		}
		res := measure([]job{{x.name, many, x.run}, {x.name, one(x.long), x.run}}, rounds)
		x.mbs, x.longer = min(res[0].mbs(), res[1].mbs()), res[0].of(&res[1])
		r.add(Figure{Name: "hostile, " + x.job, Corpus: x.name, Value: x.mbs, Unit: "MB/s", Ratio: x.longer})
	}
	t := r.table(fmt.Sprintf("Hostile inputs, the slowest of %d, and of %d put together by chance: MB/s, and what a byte takes in %d KB over what it takes in %d KB", len(all)-5, search, long>>10, short>>10), "input", "", "MB/s", "a byte, long / short")
	slices.SortFunc(all, func(a, b *input) int { return cmp.Compare(a.mbs, b.mbs) })
	for _, x := range all[:15] {
		t.row(x.name, x.job, number(x.mbs), fmt.Sprintf("%.2f", x.longer))
	}
	curved := slices.MaxFunc(all, func(a, b *input) int { return cmp.Compare(a.longer, b.longer) })
	t.row("most curved: "+curved.name, curved.job, number(curved.mbs), fmt.Sprintf("%.2f", curved.longer))
	r.atLeast("hostile, the slowest: "+all[0].name+", "+all[0].job, all[0].mbs, 100, "MB/s")
	r.gateMost("hostile, a byte of a long one over one of a short: "+curved.name+", "+curved.job, curved.longer, 6, "×") // what is quadratic has 16; long ones also leave the caches
	return nil
}
