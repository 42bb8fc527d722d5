package main

import "io"

// summary tells on w what was done, in counts and never in values. A client that only probed hears
// nothing.
func (v *veil) summary(w io.Writer) {
	if s := v.counts.Summary(); s.Total() > 0 {
		_ = s.Print(w)
	}
}
