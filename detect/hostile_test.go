package detect

import "github.com/mcpveil/mcpveil/internal/corpus"

// hostile returns inputs of n bytes each that were made to keep a scanner busy.
func hostile(n int) map[string][]byte { return corpus.Hostile(n) }
