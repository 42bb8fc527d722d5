package config_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// Every field says what it is for, where it is declared.
func TestFieldsAreDocumented(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	ast.Inspect(file, func(n ast.Node) bool {
		st, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range st.Fields.List {
			if f.Tag == nil {
				continue
			}
			fields++
			if name := f.Names[0].Name; !strings.HasPrefix(f.Doc.Text(), name+" ") {
				t.Errorf("field %s: comment %q, want one that begins with its name", name, f.Doc.Text())
			}
		}
		return true
	})
	if fields < 40 {
		t.Errorf("found %d fields, want all of them", fields)
	}
}
