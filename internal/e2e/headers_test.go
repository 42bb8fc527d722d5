package e2e

import (
	"slices"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// In the modern era headers mirror the body, and a server refuses what does not agree:
// a token that is opened in a URI or an argument is opened in its header as well. In the legacy era the
// same calls are without headers.
func TestOpenedInHeaders(t *testing.T) {
	conf := `version: 1
policy:
- {name: open addresses, direction: to-server, methods: [tools/call, resources/read], names: [mail, "crm://*"], entities: [EMAIL_ADDRESS], paths: [/params/arguments/to, /params/uri], action: decrypt}
- {name: let the rest pass, direction: to-server, action: pass}
- {name: seal, direction: to-client, action: encrypt}
`
	for _, k := range kinds {
		if k.name != "go-legacy" && k.name != "go-auto" {
			continue
		}
		for _, tr := range transports {
			t.Run(k.name+"/"+tr.name, func(t *testing.T) {
				t.Parallel()
				list := people(2)
				d := tr.serve(t, list)
				to := veiled(t, newHome(t), d.target, "--config", config(t, conf))
				to.wire = new(journal)
				c := k.open(t, to)
				c.list(t)
				sealed, _ := checkLookup(t, c, list[1])

				c.call(t, "mail", map[string]any{"to": sealed.Email}).ok(t)
				if want := mustJSON(map[string]string{"to": list[1].Email}); !contains(d.notes(), want) {
					t.Errorf("mail got %s, want %s", d.notes(), want)
				}
				r, err := c.(goSession).ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "crm://customers/" + sealed.Email})
				if err != nil {
					t.Fatalf("reading the resource by its sealed URI: %v", err)
				}
				if want := "crm://customers/" + list[1].Email; !contains(d.notes(), want) {
					t.Errorf("the server was asked for %s, want %s", d.notes(), want)
				}
				if got := r.Contents[0].URI; got != "crm://customers/"+sealed.Email {
					t.Errorf("the resource comes back as %s, want the URI it was asked by", got)
				}
				if k.modern && tr.name == "http" {
					for name, want := range map[string]string{"Mcp-Param-To": list[1].Email, "Mcp-Name": "crm://customers/" + list[1].Email} {
						if got := d.headers(name); !slices.Contains(got, want) {
							t.Errorf("the server saw %s as %q, want %q among it", name, got, want)
						}
					}
				}
				checkNone(t, "the wire", to.wire.String(), list)
				checkLog(t, to, list)
			})
		}
	}
}
