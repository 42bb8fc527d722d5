package vault

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/hashicorp/vault/api"
)

// An answer is what Vault said, cut down to what is looked at.
type answer struct {
	status int
	data   map[string]any
	auth   *authAnswer
	errors []string
}

// An authAnswer is what a login brings.
type authAnswer struct {
	Token     string `json:"client_token"`
	Seconds   int64  `json:"lease_duration"`
	Renewable bool   `json:"renewable"`
	Type      string `json:"token_type"`
	MFA       any    `json:"mfa_requirement"`
}

var (
	errNotVault = errors.New("what it answers is not JSON of the right kind, or was cut: is it a Vault?")
	errWarned   = errors.New("it warned, so something was not done as asked: is it too old?")
)

// readAnswer reads an answer. Where Vault warns, it has left out a parameter that was
// meant: that is an error.
func readAnswer(resp *api.Response, r *request) (*answer, error) {
	a := &answer{status: resp.StatusCode}
	if resp.StatusCode == http.StatusNoContent {
		return a, nil
	}
	var body struct {
		Data     map[string]any `json:"data"`
		Auth     *authAnswer    `json:"auth"`
		Errors   []string       `json:"errors"`
		Warnings []string       `json:"warnings"`
	}
	dec := json.NewDecoder(resp.Body)
	dec.UseNumber()
	if err := dec.Decode(&body); err != nil {
		if errors.Is(err, errLimit) {
			return a, errLimit
		}
		return a, errNotVault
	}
	if resp.StatusCode == http.StatusNotFound && body.Errors == nil && body.Data == nil {
		return a, errNotVault // whose 404 has a list of errors, be it empty: this one is of what stands in front
	}
	for _, w := range body.Warnings {
		if resp.StatusCode < 300 && !(r.ttlWarning && strings.Contains(w, "TTL")) {
			return a, errWarned
		}
	}
	a.data, a.auth, a.errors = body.Data, body.Auth, body.Errors
	return a, nil
}

func (a *answer) says(text string) bool {
	for _, e := range a.errors {
		if strings.Contains(e, text) {
			return true
		}
	}
	return false
}

// text returns a member of the data that is a string, or "".
func (a *answer) text(name string) string {
	s, _ := a.data[name].(string)
	return s
}

// unexpected is the error for an answer that nobody foresaw. What Vault wrote is not in
// it: it might hold what it was sent.
func (c *Client) unexpected(a *answer, path string) error {
	text := "answers to " + path + " with a status that was not expected: " + http.StatusText(a.status)
	return c.fail(text, ErrAnswer)
}

func marshal(in map[string]any) ([]byte, error) { return json.Marshal(in) }
