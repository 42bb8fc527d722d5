package detect

import (
	"fmt"
	"sync"
	"testing"
)

// What a scan remembers of one text changes nothing about the next, nor about those that
// run at the same time.
func TestConcurrentAppend(t *testing.T) {
	d := testDetector(t)
	var texts [][]byte
	for i := range 40 {
		texts = append(texts, fmt.Appendf(nil, `{"id":%d,"name%d":"x","password":"hunter%d!","note":"ssn 123-45-67%02d and card 4111 1111 1111 1111","phone":"555-010-%04d","e%d":["a%d@example.com"],"text":"\nSSN: 223-45-6789 order"}`, i, i, i, i, i, i, i))
	}
	var want [][]Finding
	for _, text := range texts {
		fresh := testDetector(t)
		want = append(want, fresh.Append(nil, Text{Raw: text, Escaped: true, Final: true}))
	}
	if len(want[0]) == 0 {
		t.Fatal("nothing found")
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			var got []Finding
			for k := range 200 {
				i := (k*7 + g*13) % len(texts)
				got = d.Append(got[:0], Text{Raw: texts[i], Escaped: true, Final: true})
				if !same(got, want[i]) {
					t.Errorf("Append(%s) = %v, want %v", texts[i], got, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}
