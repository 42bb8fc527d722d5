package bytescan

import "testing"

// each runs test with every implementation that runs here.
func each(t *testing.T, test func(t *testing.T)) {
	defer func(old implementation) { active = old }(active)
	for _, i := range available() {
		active = i
		t.Run(i.String(), test)
	}
}

// eachBench is each for benchmarks.
func eachBench(b *testing.B, bench func(b *testing.B)) {
	defer func(old implementation) { active = old }(active)
	for _, i := range available() {
		active = i
		b.Run(i.String(), bench)
	}
}

func TestChoose(t *testing.T) {
	all := available()
	best := all[len(all)-1]
	for _, i := range all {
		if got := choose(i.String()); got != i {
			t.Errorf("choose(%q) = %v", i, got)
		}
	}
	for _, name := range []string{"", "none", "AVX2"} {
		if got := choose(name); got != best {
			t.Errorf("choose(%q) = %v, want %v, the best", name, got, best)
		}
	}
}
