package config_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/config"
)

const example = "../../deploy/example.yaml"

func TestExampleIsValid(t *testing.T) {
	if _, err := config.Load(example); err != nil {
		t.Errorf("Load(%q) = %v", example, err)
	}
}

// The example shows every field there is, and says of each what it is for.
func TestExampleShowsEveryField(t *testing.T) {
	raw, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	var walk func(path string, ty reflect.Type)
	walk = func(path string, ty reflect.Type) {
		switch ty.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(path, ty.Elem())
		case reflect.Struct:
			for f := range ty.Fields() {
				name := f.Tag.Get("yaml")
				if name == "" {
					continue
				}
				if !strings.Contains(text, name+":") {
					t.Errorf("%s does not show %s.%s", example, path, name)
				}
				walk(path+"."+name, f.Type)
			}
		}
	}
	walk("", reflect.TypeFor[config.Config]())
}
