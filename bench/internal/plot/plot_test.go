package plot_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/bench/internal/plot"
)

// widths returns the widths of the bars in an SVG, which must be XML.
func widths(t *testing.T, svg []byte) (all []int) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("the chart is not XML: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "rect" {
			for _, a := range e.Attr {
				if a.Name.Local == "width" && a.Value != "12" { // 12: the legend's
					n, _ := strconv.Atoi(a.Value)
					all = append(all, n)
				}
			}
		}
	}
}

func TestWriteSVG(t *testing.T) {
	c := plot.Chart{
		Title: `a < b & "c"`, Unit: " MB/s", Series: []string{"one", "two"},
		Groups: []plot.Group{{"x", []float64{100, 50}}, {"y", []float64{math.NaN(), 25}}},
		Mark:   &plot.Mark{Value: 80, Label: "promised"},
	}
	for _, log := range []bool{false, true} {
		c.Log = log
		var b bytes.Buffer
		if err := c.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		w := widths(t, b.Bytes())
		if len(w) != 3 || w[0] != 730 || w[1] >= w[0] || w[2] >= w[1] {
			t.Errorf("log %v: bars are %v wide, want three, the first 730, each shorter than the last", log, w)
		}
		if !log && (w[1] != 365 || w[2] != 183) {
			t.Errorf("bars of 100, 50 and 25 are %v wide", w)
		}
		for _, want := range []string{"a &lt; b &amp;", "50 MB/s", "promised", "prefers-color-scheme: dark"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("log %v: the chart has no %q", log, want)
			}
		}
	}
}

func TestWriteSVGOfNothing(t *testing.T) {
	c := plot.Chart{Title: "empty", Series: []string{"a"}, Groups: []plot.Group{{"x", []float64{math.NaN()}}}}
	if err := c.WriteSVG(io.Discard); err == nil {
		t.Error("WriteSVG of a chart without values is no error")
	}
}

func TestSorted(t *testing.T) {
	c := plot.Chart{Groups: []plot.Group{{"a", []float64{1, math.NaN()}}, {"b", []float64{math.NaN(), 3}}, {"c", []float64{2, 0}}}}
	var got []string
	for _, g := range c.Sorted().Groups {
		got = append(got, g.Label)
	}
	if s := strings.Join(got, ""); s != "bca" {
		t.Errorf("Sorted gives %s, want bca", s)
	}
}
