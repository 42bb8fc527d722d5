package vault_test

import (
	"encoding/json"
	"net/http"
)

// readJSON returns the members of a request's body that are strings.
func readJSON(r *http.Request) map[string]string {
	in := map[string]string{}
	json.NewDecoder(r.Body).Decode(&in)
	return in
}
