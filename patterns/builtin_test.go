package patterns_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/patterns"
)

// A pack is its caller's: whatever is done to it, the next caller gets what the file says.
func TestBuiltinIsOnesOwn(t *testing.T) {
	names := patterns.Names()
	packs, err := patterns.Builtins(names...)
	if err != nil {
		t.Fatal(err)
	}
	written, err := patterns.Load(os.DirFS("."), "builtin/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := range packs {
		if n := scribble(reflect.ValueOf(packs[i]).Elem()); n == 0 {
			t.Errorf("there is nothing to change in %s", names[i])
		}
	}
	again, err := patterns.Builtins(names...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if again[i].Name != names[i] {
			t.Errorf("Builtins returns %s where %s was asked for", again[i].Name, names[i])
		}
		if !reflect.DeepEqual(again[i], written[i]) {
			t.Errorf("%s is not what its file says, after another caller's was changed", names[i])
		}
	}
}

// scribble changes every text that can be reached from v, and returns how many.
func scribble(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			n += scribble(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += scribble(v.Index(i))
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString("scribble")
			n = 1
		}
	case reflect.Pointer, reflect.Map:
		panic("a pack that holds pointers or maps cannot be copied as it is: " + v.Type().String())
	}
	return n
}

// What there is is returned beside what is wrong with the rest.
func TestBuiltins(t *testing.T) {
	packs, err := patterns.Builtins("us", "nope", "core")
	if len(packs) != 2 || packs[0].Name != "us" || packs[1].Name != "core" {
		t.Errorf("Builtins returns %d packs", len(packs))
	}
	if err == nil || !strings.Contains(err.Error(), `"nope"`) {
		t.Errorf("Builtins says %v", err)
	}
}
