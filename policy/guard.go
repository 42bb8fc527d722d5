package policy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A Guard has the last word on openings that a policy allows: it knows tokens and values that nobody has any reason to
// open, and how many openings a principal has left. One Guard is shared by all that share a budget, and outlives the policies.
//
// It is safe for concurrent use. A nil *Guard lets everything pass.
type Guard struct {
	opts   GuardOptions
	tokens map[[32]byte]bool
	values map[[32]byte]bool

	mu    sync.Mutex
	spent map[holder]*spending
}

// GuardOptions configures [NewGuard].
type GuardOptions struct {
	PerMinute int // openings of one principal in any minute; 0 for any number
	PerHour   int // and in any hour

	// Tokens are tokens that nobody has a reason to open: planted, to see who tries.
	Tokens []string

	// Values are what HashValue makes, with Salt, of values that nobody has a reason to open, in whatever token they are.
	Salt   []byte
	Values [][32]byte

	Now        func() time.Time // time.Now if nil
	Principals int              // how many are remembered who opened something within the hour; 10,000 if 0
}

// A holder is whose budget it is.
type holder struct{ tenant, principal string }

// NewGuard returns a Guard, nil where opts asks for nothing.
func NewGuard(opts GuardOptions) (*Guard, error) {
	if opts.PerMinute < 0 || opts.PerHour < 0 {
		return nil, errors.New("policy: a budget is negative, want 0 for none")
	}
	if len(opts.Values) > 0 && len(opts.Salt) < minSalt {
		return nil, errors.New("policy: the salt of honeytokens is too short, want 16 bytes or more")
	}
	if opts.PerMinute+opts.PerHour+len(opts.Tokens)+len(opts.Values) == 0 {
		return nil, nil
	}
	g := &Guard{opts: opts, tokens: map[[32]byte]bool{}, values: map[[32]byte]bool{}, spent: map[holder]*spending{}}
	for i, t := range opts.Tokens {
		if len(t) == 0 || len(t) > MaxExcepted {
			return nil, fmt.Errorf("policy: honeytoken %d is no token", i+1)
		}
		g.tokens[hashToken([]byte(t))] = true
	}
	for _, v := range opts.Values {
		g.values[v] = true
	}
	if g.opts.Now == nil {
		g.opts.Now = time.Now
	}
	if g.opts.Principals <= 0 {
		g.opts.Principals = 10_000
	}
	return g, nil
}

// hashToken hashes a token, which may be written in capitals.
func hashToken(token []byte) [32]byte { return sha256.Sum256(bytes.ToLower(token)) }

// Planted reports whether token, or value, which it opens to, is a honeytoken. value may be nil.
func (g *Guard) Planted(token, value []byte) bool {
	if g == nil {
		return false
	}
	return len(g.tokens) > 0 && len(token) <= MaxExcepted && g.tokens[hashToken(token)] ||
		len(g.values) > 0 && len(value) > 0 && len(value) <= MaxExcepted && g.values[HashValue(g.opts.Salt, value)]
}

// Spend takes one opening from the budget of a principal, and reports whether there was one left. What was refused costs nothing.
func (g *Guard) Spend(tenant, principal string) bool {
	if g == nil || g.opts.PerMinute+g.opts.PerHour == 0 {
		return true
	}
	now := g.opts.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	who := holder{tenant, principal}
	s := g.spent[who]
	if s == nil {
		if len(g.spent) >= g.opts.Principals && !g.forget(now) {
			return false // rather than to forget what somebody spent
		}
		s = new(spending)
		g.spent[who] = s
	}
	s.minute.turn(now, time.Minute)
	s.hour.turn(now, time.Hour)
	if g.opts.PerMinute > 0 && s.minute.sum >= g.opts.PerMinute || g.opts.PerHour > 0 && s.hour.sum >= g.opts.PerHour {
		return false
	}
	s.minute.add()
	s.hour.add()
	return true
}

// forget forgets who spent nothing within the hour, and reports whether anybody is forgotten.
func (g *Guard) forget(now time.Time) bool {
	n := len(g.spent)
	for who, s := range g.spent {
		if s.hour.turn(now, time.Hour); s.hour.sum == 0 {
			delete(g.spent, who)
		}
	}
	return len(g.spent) < n
}

// spending is what one principal spent of late.
type spending struct{ minute, hour window }

// parts is how many parts a window is counted in.
const parts = 12

// A window counts what happened in a length of time that ends now, in parts of it. It counts one part too many, that
// which has only begun to leave it, so that within no such length of time there is more than it says.
type window struct {
	part  int64 // number of the newest
	count [parts + 1]int
	sum   int
}

// turn moves the window to where it ends at now. A clock that goes back does not empty it.
func (w *window) turn(now time.Time, length time.Duration) {
	part := now.UnixNano() / int64(length/parts)
	if part <= w.part {
		return
	}
	for i := max(w.part+1, part-parts); i <= part; i++ {
		at := &w.count[i%(parts+1)]
		w.sum -= *at
		*at = 0
	}
	w.part = part
}

func (w *window) add() {
	w.count[w.part%(parts+1)]++
	w.sum++
}
