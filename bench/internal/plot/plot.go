// Package plot draws bar charts as SVG, to be read on light and on dark ground.
package plot

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode/utf8"
)

// A Chart is horizontal bars in groups: a group for each corpus, say, in which each contender has a bar.
type Chart struct {
	Title  string
	Note   string // a line below the title: what was measured, and how
	Unit   string // behind every number
	Log    bool   // a logarithmic scale, for values of very different size
	Series []string
	Groups []Group
	Mark   *Mark // a line across all groups, or nil
}

// A Group is a label and one value for each of the chart's series; NaN for none.
type Group struct {
	Label  string
	Values []float64
}

// A Mark is a value that is marked in all groups, such as what was promised.
type Mark struct {
	Value float64
	Label string
}

const (
	width    = 900
	barsEnd  = width - 110
	barHigh  = 14
	barSpace = 3
	groupGap = 12  // between groups of several bars
	charWide = 6.7 // of a letter, about
	boldWide = 7.3
)

// Every colour stands out on white and on near-black.
var colours = []string{"#3b82f6", "#e8710a", "#16a34a", "#c026d3", "#8a8f98", "#a16b4a", "#0e9aa7", "#e5484d", "#7c6ff0", "#8a9a1f"}

// WriteSVG writes the chart to w. A group without a value has no bar, and a chart without values is an error.
func (c *Chart) WriteSVG(w io.Writer) error {
	lo, hi := c.bounds()
	if hi <= 0 {
		return fmt.Errorf("plot: %q has no value to draw", c.Title)
	}
	d := drawing{Chart: c, Width: width}
	barsAt, gap := 60, 1
	for _, g := range c.Groups {
		barsAt = max(barsAt, 30+int(boldWide*float64(utf8.RuneCountInString(g.Label))))
		bars := 0
		for _, v := range g.Values {
			if !math.IsNaN(v) {
				bars++
			}
		}
		if bars > 1 {
			gap = groupGap
		}
	}
	at := func(v float64) int {
		return barsAt + int(share(v, lo, hi, c.Log)*float64(barsEnd-barsAt)+.5)
	}
	x, y := 16, 62
	for i, name := range c.Series {
		if need := 26 + int(charWide*float64(utf8.RuneCountInString(name))); x+need > width-16 && x > 16 {
			x, y = 16, y+20
		}
		d.Legend = append(d.Legend, label{x, y, name, colour(i)})
		x += 30 + int(charWide*float64(utf8.RuneCountInString(name)))
	}
	y += 22
	d.Top = y
	for _, g := range c.Groups {
		begin := y
		for i, v := range g.Values {
			if math.IsNaN(v) {
				continue
			}
			d.Bars = append(d.Bars, bar{barsAt, y, max(1, at(v)-barsAt), barHigh, colour(i), number(v) + c.Unit, c.Series[i]})
			y += barHigh + barSpace
		}
		if y == begin {
			continue
		}
		d.Groups = append(d.Groups, label{barsAt - 10, (begin + y - barSpace) / 2, g.Label, ""})
		y += gap
	}
	d.Bottom, d.Height = y-gap+4, y-gap+26
	for _, t := range ticks(lo, hi, c.Log) {
		d.Ticks = append(d.Ticks, label{at(t), d.Bottom + 12, number(t), ""})
	}
	if c.Mark != nil && c.Mark.Value <= hi {
		d.Line = &label{at(c.Mark.Value), d.Top - 4, c.Mark.Label, ""}
	}
	return page.Execute(w, d)
}

// bounds returns where the scale begins and ends.
func (c *Chart) bounds() (lo, hi float64) {
	lo = math.Inf(1)
	for _, g := range c.Groups {
		for _, v := range g.Values {
			if v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if !c.Log {
		return 0, hi
	}
	return math.Pow(10, math.Floor(math.Log10(lo))), hi
}

// share returns where on the scale v stands, from 0 to 1.
func share(v, lo, hi float64, log bool) float64 {
	switch {
	case !log:
		return v / hi
	case v <= lo:
		return 0
	}
	return math.Log(v/lo) / math.Log(hi/lo)
}

// ticks returns about five round numbers, or the powers of ten.
func ticks(lo, hi float64, log bool) (all []float64) {
	if log {
		for t := lo; t <= hi; t *= 10 {
			all = append(all, t)
		}
		return all
	}
	step := math.Pow(10, math.Floor(math.Log10(hi)))
	for _, part := range [...]float64{1, .5, .2} {
		if hi/(step*part) >= 4 {
			step *= part
			break
		}
	}
	for t := 0.; t <= hi; t += step {
		all = append(all, t)
	}
	return all
}

// number writes v with three digits, or all before its point.
func number(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func colour(i int) string { return colours[i%len(colours)] }

type label struct {
	X, Y   int
	Text   string
	Colour string
}

type bar struct {
	X, Y, W, H int
	Colour     string
	Value      string
	Series     string
}

type drawing struct {
	*Chart
	Width, Height, Top, Bottom int
	Legend, Groups, Ticks      []label
	Bars                       []bar
	Line                       *label
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

var page = template.Must(template.New("svg").Funcs(template.FuncMap{
	"text": escaper.Replace,
	"add":  func(a, b int) int { return a + b },
}).Parse(`<svg xmlns="http://www.w3.org/2000/svg" width="{{.Width}}" height="{{.Height}}" viewBox="0 0 {{.Width}} {{.Height}}" role="img" aria-label="{{text .Title}}">
<style>
  text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .note, .tick { fill: #57606a }
  .tick { font-size: 10px; text-anchor: middle }
  .group { text-anchor: end; dominant-baseline: middle; font-weight: 600 }
  .value { font-size: 10.5px; dominant-baseline: middle }
  .grid { stroke: #8c959f; stroke-opacity: .35 }
  .mark { stroke: #d1242f; stroke-dasharray: 4 3 }
  .marked { fill: #d1242f; font-size: 10.5px; text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note, .tick { fill: #9198a1 }
    .mark { stroke: #ff7b72 }
    .marked { fill: #ff7b72 }
  }
</style>
<text class="title" x="16" y="24">{{text .Title}}</text>
<text class="note" x="16" y="43">{{text .Note}}</text>
{{range .Legend}}<rect x="{{.X}}" y="{{add .Y -10}}" width="12" height="12" rx="2" fill="{{.Colour}}"/><text x="{{add .X 17}}" y="{{.Y}}">{{text .Text}}</text>
{{end}}{{$d := .}}{{range .Ticks}}<line class="grid" x1="{{.X}}" x2="{{.X}}" y1="{{$d.Top}}" y2="{{$d.Bottom}}"/><text class="tick" x="{{.X}}" y="{{.Y}}">{{.Text}}</text>
{{end}}{{range .Groups}}<text class="group" x="{{.X}}" y="{{.Y}}">{{text .Text}}</text>
{{end}}{{range .Bars}}<rect x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}" rx="2" fill="{{.Colour}}"><title>{{text .Series}}: {{text .Value}}</title></rect><text class="value" x="{{add (add .X .W) 5}}" y="{{add .Y 8}}">{{text .Value}}</text>
{{end}}{{with .Line}}<line class="mark" x1="{{.X}}" x2="{{.X}}" y1="{{$d.Top}}" y2="{{$d.Bottom}}"/><text class="marked" x="{{.X}}" y="{{.Y}}">{{text .Text}}</text>
{{end}}</svg>
`))

// Sorted returns c with its groups in the order of their greatest values, greatest first.
func (c Chart) Sorted() *Chart {
	c.Groups = slices.SortedStableFunc(slices.Values(c.Groups), func(a, b Group) int { return cmp.Compare(b.greatest(), a.greatest()) })
	return &c
}

func (g *Group) greatest() float64 {
	most := math.Inf(-1)
	for _, v := range g.Values {
		if !math.IsNaN(v) {
			most = max(most, v)
		}
	}
	return most
}
