package mcpwire

import (
	"bytes"
	"errors"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// ErrSkeleton is returned by [Skeleton.Write] for a message with too many members in its envelope.
var ErrSkeleton = errors.New("mcpwire: envelope of the message is too large")

// A Skeleton keeps of a message, as its bytes go by, what [ParseRoute] looks at: the message's own
// members and those of params, result, error and their _meta, task and ref. Other containers are
// kept empty, and strings that no route could hold too. So a message of any length can be routed in
// little memory; what is left out is for whoever sees all of it to check.
//
// The zero Skeleton is ready for use. It is for one goroutine at a time.
type Skeleton struct {
	out   []byte
	depth int           // of kept containers
	kinds [maxKept]byte // their closing brackets
	skip  int           // depth below a container that is left out; 0 outside of one
	mode  skeletonMode
	from  int  // where in out the string at hand begins
	name  Span // in out: the last string, with its quotes, that was followed by a colon
	last  Span // in out: the last string
	safe  int  // out[:safe] and closing brackets make a text
	open  int  // how many those are

	fast bytescan.Structure // of what is left out: see leap
}

type skeletonMode uint8

const (
	outside skeletonMode = iota
	inString
	inEscape
	inLong       // a string too long, kept without its content
	inLongEscape // and in an escape of it
)

const (
	maxKept     = 3        // containers in each other
	maxString   = 66 << 10 // bytes of a string kept
	maxSkeleton = 1 << 20
)

// Write takes the next bytes of the message.
func (s *Skeleton) Write(b []byte) (int, error) {
	slow := 0 // up to where b is looked at byte by byte
	for i := 0; i < len(b); i++ {
		if s.skip > 0 && i >= slow && (s.mode == outside || s.mode == inLong) {
			var n int
			if n, slow = s.leap(b[i:]); n > 0 {
				i += n - 1
				continue
			}
			slow += i
		}
		c := b[i]
		switch s.mode {
		case inString:
			s.inString(c)
			continue
		case inEscape:
			s.keep(c)
			s.mode = inString
			continue
		case inLong:
			if i += plainLen(b[i:]); i == len(b) {
				return len(b), nil
			}
			switch b[i] {
			case '\\':
				s.mode = inLongEscape
			case '"':
				s.endString()
			}
			continue
		case inLongEscape:
			s.mode = inLong
			continue
		}
		if s.skip > 0 {
			for !structural[c] && i+1 < len(b) {
				i++
				c = b[i]
			}
			if !structural[c] {
				continue
			}
		}
		s.outside(c)
		if len(s.out) > maxSkeleton {
			return i, ErrSkeleton
		}
	}
	return len(b), nil
}

// leap takes the bytes that b begins with and that belong to what is left out, many at a time, and returns how many those were;
// or 0, and how many bytes of b are to be taken one by one before it is tried again. It is for the outside and the inside of strings, not behind
// a backslash.
func (s *Skeleton) leap(b []byte) (n, slow int) {
	if len(b) < firstChunk || !bytescan.FastStructure() {
		return 0, len(b)
	}
	s.fast.Reset(s.mode == inLong)
	for len(b)-n >= 64 {
		chunk := b[n : n+min(len(b)-n, bytescan.StructureChunk)&^63]
		if bad, _ := s.fast.Next(chunk); bad { // it may read these in another way
			if n > 0 {
				break
			}
			return 0, len(chunk)
		}
		for w := range len(chunk) / 64 {
			for m := s.fast.Brackets[w]; m != 0; m &= m - 1 {
				at := w*64 + bits.TrailingZeros64(m)
				if chunk[at]|0x20 == '{' { // or '['
					s.skip++
				} else if s.skip--; s.skip == 0 {
					s.mode = outside
					return n + at + 1, 0
				}
			}
		}
		n += len(chunk)
		s.mode = outside
		if s.fast.InString() {
			s.mode = inLong
			// As many bytes are even, and none before was left behind a backslash.
			if slashes := len(chunk) - len(bytes.TrimRight(chunk, `\`)); slashes%2 == 1 {
				s.mode = inLongEscape
				break
			}
		}
	}
	return n, 0
}

// plainLen returns how many bytes stand before the first quote or backslash of b.
func plainLen(b []byte) int {
	for i, c := range b[:min(len(b), 16)] {
		if c == '"' || c == '\\' {
			return i
		}
	}
	for from, window := 0, 256; ; window *= 2 {
		part := b[from:min(from+window, len(b))]
		quote := bytes.IndexByte(part, '"')
		if quote >= 0 {
			part = part[:quote]
		}
		if slash := bytes.IndexByte(part, '\\'); slash >= 0 {
			return from + slash
		}
		if from += len(part); quote >= 0 || from == len(b) {
			return from
		}
	}
}

// keep appends c, unless in what is left out.
func (s *Skeleton) keep(c byte) {
	if s.skip == 0 {
		s.out = append(s.out, c)
	}
}

func (s *Skeleton) inString(c byte) {
	s.keep(c)
	switch {
	case c == '\\':
		s.mode = inEscape
	case c == '"':
		s.endString()
	case len(s.out)-s.from > maxString:
		s.out = append(s.out[:s.from], '"')
		s.mode = inLong
	}
}

// endString ends the string at hand.
func (s *Skeleton) endString() {
	if s.mode == inLong {
		s.keep('"')
	}
	s.mode = outside
	if s.skip == 0 {
		s.last = Span{s.from, len(s.out)}
	}
}

func (s *Skeleton) outside(c byte) {
	switch c {
	case '"':
		s.from = len(s.out)
		s.keep(c)
		s.mode = inString
		if s.skip > 0 {
			s.mode = inLong
		}
	case '{', '[':
		s.begin(c)
	case '}', ']':
		s.end(c)
	case ':':
		s.name = s.last
		s.keep(c)
	case ',':
		s.name = Span{}
		s.settled()
		s.keep(c)
	case ' ', '\t', '\r', '\n':
		if n := len(s.out); n > 0 && s.out[n-1] != ' ' {
			s.keep(' ')
		}
	default:
		s.keep(c)
	}
}

// begin opens a container: one that is kept, or an empty one in its place.
func (s *Skeleton) begin(c byte) {
	end := c + 2 // '{' and '}', '[' and ']' are two apart
	switch {
	case s.skip > 0:
		s.skip++
	case s.depth == 0 || s.depth < maxKept && s.wanted():
		s.keep(c)
		s.kinds[s.depth] = end
		s.depth++
		s.settled()
	default:
		s.out = append(s.out, c, end)
		s.settled()
		s.skip = 1
		s.last = Span{}
	}
	s.name = Span{}
}

func (s *Skeleton) end(c byte) {
	if s.skip > 0 {
		s.skip--
		return
	}
	s.keep(c)
	if s.depth > 0 {
		s.depth--
	}
	s.settled()
}

// wanted reports whether the container that begins is one that ParseRoute looks into.
func (s *Skeleton) wanted() bool {
	name := s.name.Of(s.out)
	if len(name) < 2 {
		return false
	}
	name = name[1 : len(name)-1]
	if s.depth == 1 {
		return string(name) == "params" || string(name) == "result" || string(name) == "error"
	}
	return string(name) == "_meta" || string(name) == "task" || string(name) == "ref"
}

// settled notes that the text up to here can be closed.
func (s *Skeleton) settled() { s.safe, s.open = len(s.out), s.depth }

// Bytes returns what was kept. Once the message is at its end, ParseRoute says of it what it would say
// of the message, offsets and spans aside.
func (s *Skeleton) Bytes() []byte { return s.out }

// Peek returns as much of the route as is settled so far. Its Kind is Request for any message with a
// method, and Response for any with a result or an error.
func (s *Skeleton) Peek() Route {
	text := append([]byte(nil), s.out[:s.safe]...)
	for i := s.open - 1; i >= 0; i-- {
		text = append(text, s.kinds[i])
	}
	at := skipSpace(text, 0)
	if at == len(text) || text[at] != '{' {
		return Route{}
	}
	p := router{msg: text}
	p.members(at)
	p.id()
	p.route.Params, p.route.Result, p.route.Error = p.top[inParams], p.top[inResult], p.top[inError]
	switch {
	case p.reason != "":
		return Route{}
	case p.top[inMethod].To > 0:
		p.route.Kind = Request
		p.request()
	case p.top[inResult].To > 0 || p.top[inError].To > 0:
		p.route.Kind = Response
	}
	if p.reason != "" {
		return Route{}
	}
	return p.route
}
