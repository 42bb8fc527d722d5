package detect

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// A scan that is used again remembers nothing of the text before, and no two use one at
// a time.
func TestAppendConcurrent(t *testing.T) {
	d := testDetector(t)
	var group sync.WaitGroup
	for worker := range uint64(4) {
		group.Go(func() {
			for seed := range uint64(200) {
				raw := randomPII(rand.New(rand.NewPCG(seed, worker)), 6)
				text := Text{Raw: raw, Escaped: seed%2 == 0, Final: true}
				if seed%3 == 0 {
					text.Key = []byte("password")
				}
				got := d.Append(nil, text)
				if want := d.appendSlow(nil, text); !same(got, want) {
					t.Errorf("Append(%q):\n got%s\nwant%s", raw, show(got), show(want))
					return
				}
			}
		})
	}
	group.Wait()
}

// A scan that waits to be used again holds nothing of its caller's.
func TestScanLetsGo(t *testing.T) {
	d := testDetector(t)
	s := new(scan)
	s.begin(d, &Text{Raw: []byte("jane.doe@example.com")}, make([]Finding, 1))
	s.end()
	if s.raw != nil || s.dst != nil {
		t.Error("end leaves the text, or the findings, to the scan")
	}
}
