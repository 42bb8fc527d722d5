package patterns_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/testenv"
)

// secretKind is an element of vectors/secret_examples.json.
type secretKind struct {
	ID       string
	Pos, Neg []string // texts that hold a credential of the kind, and texts that hold none of it
}

// secretTally counts the texts of a class of kinds.
// stands is how many of pos are left since a placeholder stands there.
// otherwise is how many of pos are found by a rule for keys of any service alone.
type secretTally struct{ kinds, pos, stands, found, otherwise, neg, left int }

// TestSecretKinds measures, over public texts with credentials, how many of each kind are
// found and how many of the texts without one are left. testdata/secret_kinds.txt says
// which of our rules is to find which kind; a kind that it does not name fails the test.
func TestSecretKinds(t *testing.T) {
	data, err := os.ReadFile(testenv.Shared(t, "data/vectors/secret_examples.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []secretKind
	if err := json.Unmarshal(data, &kinds); err != nil {
		t.Fatal(err)
	}
	table := secretTable(t)
	det := balanced(t)
	find := func(text string, by func(rule string) bool) bool {
		for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Final: true}) {
			if strings.HasPrefix(f.Rule.ID, "secrets.") && by(f.Rule.ID) {
				return true
			}
		}
		return false
	}
	// What one kind's texts lack another's may hold: a text that holds a credential of any
	// kind is nobody's negative.
	positive := map[string]bool{}
	for _, k := range kinds {
		for _, text := range k.Pos {
			positive[text] = true
		}
	}

	classes := map[string]*secretTally{"ours": {}, "generic": {}, "bare": {}, "public": {}}
	distinct := map[string]bool{}
	for _, k := range kinds {
		rules, ok := table[k.ID]
		if !ok {
			t.Errorf("kind %s is not in the table", k.ID)
			continue
		}
		class, by := "ours", func(rule string) bool {
			return slices.ContainsFunc(rules, func(name string) bool { return strings.HasPrefix(rule, "secrets."+name+".") })
		}
		if c := classes[rules[0]]; c != nil {
			class, by = rules[0], func(string) bool { return true }
		}
		c := classes[class]
		if c.kinds++; class == "ours" {
			distinct[k.ID] = true
		}
		found, left, negatives := 0, 0, 0
		for i, text := range k.Pos {
			switch ok := find(text, by); {
			case ok:
				found++
			case find(text, func(rule string) bool { return strings.HasPrefix(rule, "secrets.apikey.") }):
				c.otherwise++
			case slices.Contains(placeholders[k.ID], i):
				c.stands++
			}
		}
		for _, text := range k.Neg {
			if !positive[text] {
				negatives++
				if !find(text, by) {
					left++
				}
			}
		}
		c.pos, c.found, c.neg, c.left = c.pos+len(k.Pos), c.found+found, c.neg+negatives, c.left+left
		if class == "ours" && (found < len(k.Pos) || left < negatives) {
			t.Logf("%-28s %d of %d found, %d of %d left, by %v", k.ID, found, len(k.Pos), left, negatives, rules)
		}
	}
	for class, c := range classes {
		t.Logf("%-8s %3d kinds: %4d of %4d found by their kind's rules, %d as keys of some service (%.1f %%; %.1f %% without %d placeholders), %3d of %3d left (%.1f %%)", class, c.kinds,
			c.found, c.pos, c.otherwise, 100*share(c.found+c.otherwise, c.pos), 100*share(c.found+c.otherwise, c.pos-c.stands), c.stands, c.left, c.neg, 100*share(c.left, c.neg))
	}
	if len(distinct) < 200 {
		t.Errorf("%d kinds are ours, want 200", len(distinct))
	}
	for _, want := range []struct {
		class       string
		found, left float64
	}{
		{"ours", secretFound, secretLeft},
		{"generic", genericFound, genericLeft},
		{"bare", bareFound, 0},
	} {
		c := classes[want.class]
		if got := share(c.found+c.otherwise, c.pos-c.stands); got < want.found {
			t.Errorf("%s: %.3f of the positives are found, want %.3f", want.class, got, want.found)
		}
		if got := share(c.left, c.neg); got < want.left {
			t.Errorf("%s: %.3f of the negatives are left, want %.3f", want.class, got, want.left)
		}
	}
}

func share(n, of int) float64 { return float64(n) / float64(max(1, of)) }

func secretTable(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/secret_kinds.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	for line := range bytes.Lines(data) {
		if words := strings.Fields(string(line)); len(words) > 1 && words[0] != "#" {
			if table[words[0]] != nil {
				t.Errorf("%s stands twice in the table", words[0])
			}
			table[words[0]] = words[1:]
		}
	}
	return table
}

// placeholders are the texts, by their place among a kind's positives, in which a placeholder stands where
// the credential would: "aaaa…", "xxxx…", …EXAMPLE…, $Password, %nothing%, user:password. To leave those is wanted (see
// validPassword and validKey of package detect), so they count as neither; the log tells the share with them, too.
var placeholders = map[string][]int{
	"kingfisher.salesforce.1": {1},
	"np.salesforce.1":         {1},
	"kingfisher.ftp.1":        {0},
	"kingfisher.okta.1":       {1, 2},
	"kingfisher.psexec.1":     {2, 3, 4},
	"kingfisher.rabbitmq.1":   {0},
	"np.aws.2":                {0, 1},
	"np.newrelic.1":           {1},
	"np.okta.1":               {0, 1},
	"np.psexec.1":             {2, 3, 4},
	"np.slack.2":              {2},
	"np.tavily.1":             {2},
}

// What is held: the share of positives found and of negatives left.
const (
	secretFound, secretLeft   = .98, .96
	genericFound, genericLeft = .38, .78
	bareFound                 = .34
)
