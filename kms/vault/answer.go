package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/vault/api"
)

// readAnswer reads an answer. Where Vault warns, it has left out a parameter that was
// meant: that is an error.
func readAnswer(resp *api.Response) (*answer, error) {
	a := &answer{status: resp.StatusCode}
	if a.status == http.StatusNoContent {
		return a, nil
	}
	var body struct {
		Data     map[string]any `json:"data"`
		Errors   []string       `json:"errors"`
		Warnings []string       `json:"warnings"`
	}
	dec := json.NewDecoder(&limited{r: resp.Body})
	dec.UseNumber()
	if err := dec.Decode(&body); err != nil {
		if errors.Is(err, errLimit) {
			return a, err
		}
		return a, errors.New("what it answers is not JSON, or was cut: is it a Vault?")
	}
	if n := len(body.Warnings); n > 0 && resp.StatusCode < 300 {
		return a, fmt.Errorf("it warned %d times, so something was not done as asked: is it too old?", n)
	}
	a.data, a.errors = body.Data, body.Errors
	return a, nil
}

func marshal(in map[string]any) ([]byte, error) { return json.Marshal(in) }
