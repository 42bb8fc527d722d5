package main

import (
	"hash/maphash"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// A job is one contender on one corpus: run takes one message and returns what depends on all that it did.
type job struct {
	name   string
	corpus *corpus.Corpus
	run    func(msg []byte) uint64
}

// A timing is what a job took, a second a byte, in each round, and its allocations a message.
type timing struct {
	perByte []float64
	allocs  float64
}

func (t *timing) mbs() float64 { return 1e-6 / median(t.perByte) }

// of returns how fast t is, of how fast o is: the median of the rounds.
func (t *timing) of(o *timing) float64 {
	r := make([]float64, len(t.perByte))
	for i := range r {
		r[i] = o.perByte[i] / t.perByte[i]
	}
	return median(r)
}

// measure runs all jobs in each round, one after the other, after a round that only warms up.
func measure(jobs []job, rounds int) []timing {
	all := make([]timing, len(jobs))
	for round := range rounds + 1 {
		for i := range jobs {
			took, allocs := jobs[i].lap(round == rounds)
			if round > 0 {
				all[i].perByte = append(all[i].perByte, took)
			}
			all[i].allocs = allocs
		}
	}
	return all
}

// least is how long a lap lasts at least: long enough for a clock that counts microseconds.
const least = 2 * time.Millisecond

// lap runs j over its corpus, at least once and for at least that long, and returns the seconds a byte
// and, if asked for, the allocations a message.
func (j *job) lap(count bool) (perByte, allocs float64) {
	var before, after runtime.MemStats
	if count {
		runtime.ReadMemStats(&before)
	}
	passes, sum := 0, uint64(0)
	begin := cpuTime()
	var took time.Duration
	for took < least {
		for _, m := range j.corpus.Messages {
			sum = sum*31 + j.run(m)
		}
		passes++
		took = cpuTime() - begin
	}
	sink(sum)
	if count {
		runtime.ReadMemStats(&after)
		allocs = float64(after.Mallocs-before.Mallocs) / float64(passes*len(j.corpus.Messages))
	}
	return took.Seconds() / float64(passes*j.corpus.Bytes), allocs
}

var seed = maphash.MakeSeed()

// consumed keeps the compiler from leaving out work whose result nobody reads.
var consumed atomic.Uint64

func sink(v uint64) { consumed.Add(maphash.Comparable(seed, v)) }

func median(v []float64) float64 { return quantile(v, .5) }

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(v))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}
