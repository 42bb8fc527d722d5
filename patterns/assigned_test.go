package patterns_test

import (
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// TestAssignments finds credentials that are assigned, in many spellings, and leaves what
// source code, schemas and documents assign to the same names.
func TestAssignments(t *testing.T) {
	det := balanced(t)
	for text, want := range map[string]bool{
		`DB_PASSWORD=n0tReal!9`:                                    true,
		`export PGPASSWORD='Fake1Made2'`:                           true,
		`password: "n0tReal!9"`:                                    true,
		`spring.datasource.password = Fake1Made2!`:                 true,
		`Server=db;User Id=app;Password=Fake1Made2!;Encrypt=yes`:   true,
		`비밀번호: fake1made2!`:                                        true,
		`パスワード：fake1made2!`:                                        true,
		`密码: fake1made2!`:                                          true,
		`contraseña: fake1made2!`:                                  true,
		`mot de passe : fake1made2!`:                               true,
		`Passwort: fake1made2!`:                                    true,
		`senha: fake1made2!`:                                       true,
		`пароль: fake1made2!`:                                      true,
		`{"password":"correct horse"}`:                             true,
		`ACME_API_KEY="Fake1Made2Up3Not4A5Real6"`:                  true,
		`curl -u alice:Fake1Made2 https://api.example.com`:         true,
		`curl -H "X-Api-Key: Fake1Made2Up3Not4A5Real6"`:            true,
		`password = getPassword()`:                                 false,
		`token := lexer.next()`:                                    false,
		`{"properties":{"password":{"type":"string"}}}`:            false,
		`password = os.environ["DB_PASSWORD"]`:                     false,
		`password: ${{ secrets.DB_PASSWORD }}`:                     false,
		`api_key = settings.API_KEY`:                               false,
		`const token = await getAccessToken(user)`:                 false,
		`if password == "" {`:                                      false,
		`password: string;`:                                        false,
		`PASSWORD=<your password>`:                                 false,
		`"integrity": "sha512-Fake1Made2Up3Not4A5Real6Key7Of8Nob"`: false,
		`cache_key = "fa4e1bad2badc0ffee0dead1beef2facade3fed4"`:   false,
		`{"nextPageToken":"Fake1Made2Up3Not4A5Real6"}`:             false,
		`forgot your password? click here`:                         false,
		`AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE`:                   false,
	} {
		found := false
		for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Final: true}) {
			found = found || strings.HasPrefix(f.Rule.ID, "secrets.")
		}
		if found != want {
			t.Errorf("a credential found in %s: %v, want %v", text, found, want)
		}
	}
}
