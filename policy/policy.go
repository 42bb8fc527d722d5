// Package policy decides what is done about a finding, by where it stands and
// what it is. It knows entities and confidence, nothing of JSON: it is handed
// the JSON Pointer as bytes.
package policy

import (
	"errors"
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
)

// A Direction says which way a message goes. Either peer may send requests, so
// these are not "request" and "response".
type Direction uint8

const (
	ToServer Direction = 1 + iota // from the client, to a tool
	ToClient                      // from a tool, to the client and its model
)

func (d Direction) String() string {
	switch d {
	case ToServer:
		return "to-server"
	case ToClient:
		return "to-client"
	}
	return fmt.Sprintf("Direction(%d)", uint8(d))
}

// ParseDirection reads "to-server" or "to-client".
func ParseDirection(s string) (Direction, error) {
	switch s {
	case "to-server":
		return ToServer, nil
	case "to-client":
		return ToClient, nil
	}
	return 0, fmt.Errorf("policy: unknown direction %q, want to-server or to-client", s)
}

// A Site says where a message stands.
type Site struct {
	Tenant    string
	Direction Direction
	Server    string // as the configuration names it
	Method    string // "tools/call"; a response has that of its request; "" if not known
	Name      string // tool or prompt name, or resource URI; "" if the method has none or it is not known
	Principal string // who is asking, as the transport vouches for it; "" for nobody
}

// An Action is what is done about a finding. The zero Action is Block.
type Action uint8

const (
	Block   Action = iota // keep the whole message back
	Redact                // put a label in its place: [EMAIL_ADDRESS]
	Mask                  // hide all but the last characters
	Hash                  // put a keyed digest in its place: equal values stay equal
	Encrypt               // put a token in its place, which Decrypt undoes
	Decrypt               // put the plaintext in a token's place
	Pass                  // leave it as it is
)

var actionNames = [...]string{"block", "redact", "mask", "hash", "encrypt", "decrypt", "pass"}

func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// ParseAction reads an action's name, as String writes it.
func ParseAction(s string) (Action, error) {
	for i, n := range actionNames {
		if n == s {
			return Action(i), nil
		}
	}
	return 0, fmt.Errorf("policy: unknown action %q, want one of block, redact, mask, hash, encrypt, decrypt, pass", s)
}

// Stricter reports whether a gives away less than b. It decides between
// findings that overlap: Block, Redact, Mask, Hash, Encrypt, Decrypt, Pass.
func (a Action) Stricter(b Action) bool { return a < b }

// A Rule says what is done about the values it matches.
// An empty list matches everything.
//
// A rule whose Action is Decrypt matches tokens only, every other rule plain
// values only. A token that no rule decrypts stays as it is: what nobody allowed is denied.
type Rule struct {
	Name          string
	Direction     Direction // zero: both
	Servers       []string  // globs
	Methods       []string  // globs: "tools/*"
	Names         []string  // globs over tool and prompt names and resource URIs
	Principals    []string  // globs over who is asking
	Paths         []string  // JSON Pointers in which "*" stands for any one token and a final "/**" for any rest
	Entities      []string  // globs over entities: "US_*"
	MinConfidence detect.Confidence
	Action        Action
	With          string // which variant of Action, as the configuration names it; of Mask, where Grant is Masked
	Grant         Grant  // what Decrypt gives away
}

// A Grant says what a rule that decrypts gives away of the values it matches. The zero Grant is Plain.
type Grant uint8

const (
	Plain  Grant = iota // the value
	Masked              // the value, masked: all but its last characters are hidden
	Deny                // nothing: the token stays, whatever the rules behind say
)

var grantNames = [...]string{"plain", "masked", "deny"}

func (g Grant) String() string {
	if int(g) < len(grantNames) {
		return grantNames[g]
	}
	return fmt.Sprintf("Grant(%d)", uint8(g))
}

// ParseGrant reads a grant's name, as String writes it.
func ParseGrant(s string) (Grant, error) {
	for i, n := range grantNames {
		if n == s {
			return Grant(i), nil
		}
	}
	return 0, fmt.Errorf("policy: unknown grant %q, want plain, masked or deny", s)
}

// ErrNotTotal says that a policy does not end with a rule that matches everything.
var ErrNotTotal = errors.New("policy: last rule does not match everything")

// A Decision is an action and, for the record, the rule that asked for it.
type Decision struct {
	Action Action
	Rule   *Rule // nil if no rule matched
}
