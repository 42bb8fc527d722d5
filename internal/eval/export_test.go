package eval

// Synonyms and PlainLabel are for tests.
var (
	Synonyms   = synonyms
	PlainLabel = plainLabel
)
