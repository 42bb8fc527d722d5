package e2e

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// customersDB makes an SQLite file of customers, through dbhub itself.
func customersDB(t testing.TB, list []person) (dsn string) {
	t.Helper()
	// dbhub opens an SQLite file that is there; an empty one will do.
	file := filepath.Join(tempDir(t), "crm.db")
	appendTo(file, "")
	dsn = "sqlite://" + file
	c := goClient(t, nodeServer(t, "dbhub", nil, "--transport", "stdio", "--dsn", dsn), "")
	sql := "create table customers (id text primary key, email text, phone text, card text, iban text, ssn text, note text);"
	for _, p := range list {
		sql += fmt.Sprintf("insert into customers values ('%s','%s','%s','%s','%s','%s','%s');", p.ID, p.Email, p.Phone, p.Card, p.IBAN, p.SSN, p.Note)
	}
	c.call(t, "execute_sql", map[string]any{"sql": sql}).ok(t)
	return dsn
}

// A database server of both eras, over stdio and over HTTP: rows come sealed, and
// a token in a query finds its row where policy opens it.
func TestDBHub(t *testing.T) {
	list := people(4)
	dsn := customersDB(t, list)
	eachKind(t, func(t *testing.T, k kind) {
		for _, transport := range []string{"stdio", "http"} {
			t.Run(transport, func(t *testing.T) {
				bare := nodeServer(t, "dbhub", nil, "--transport", "stdio", "--dsn", dsn)
				if transport == "http" {
					bare = dbhubHTTP(t, dsn)
				}
				to := veiled(t, newHome(t), bare, "--reveal", "execute_sql:EMAIL_ADDRESS@/sql")
				c := k.open(t, to)
				if got := c.version() == modern; got != k.modern {
					t.Errorf("negotiated %s, want modern %v", c.version(), k.modern)
				}
				c.list(t)
				a := c.call(t, "execute_sql", map[string]any{"sql": "select * from customers order by id"}).ok(t)
				checkNone(t, "the answer of execute_sql", a.Raw, list)
				all := tokens(a.Text)
				if want := len(list) * len(sensitive); len(all) != want {
					t.Fatalf("the rows hold %d tokens, want %d: %.400q", len(all), want, a.Text)
				}
				for _, p := range list {
					if !contains(a.Text, p.Note) {
						t.Errorf("the rows lack the note %q", p.Note)
					}
				}
				// The third row's e-mail address, by its token.
				token := all[2*len(sensitive)]
				a = c.call(t, "execute_sql", map[string]any{"sql": "select id, email from customers where email = '" + token + "'"}).ok(t)
				checkNone(t, "the answer of the second execute_sql", a.Raw, list)
				if !contains(a.Text, list[2].ID) || !contains(a.Text, token) {
					t.Errorf("the query by token answers %.300q, want row %s and the token", a.Text, list[2].ID)
				}
				checkLog(t, to, list)
			})
		}
	})
}

func dbhubHTTP(t testing.TB, dsn string) target {
	t.Helper()
	addr := freeAddr(t)
	_, port := splitAddr(t, addr)
	argv := []string{testenv.Node(t), testenv.Tool(t, "dbhub"), "--transport", "http", "--host", "127.0.0.1", "--port", port, "--dsn", dsn}
	start(t, argv, nil, nil, new(journal))
	waitListen(t, addr)
	return target{url: "http://" + addr + "/mcp"}
}
