package detect

// A value in a table stands under the name of its column: in the rows of CSV text, or of a
// table in Markdown, the first row says what the others hold. A name there speaks for a value as that of a
// member does.

// Bounds on what is read around a value to know what column it stands in.
const (
	maxTable   = 8 << 10 // from a value back to the names of the columns
	maxRow     = 1 << 10
	maxColumns = 32
	maxHeading = 48 // bytes of a column's name
)

// A table is a run of rows with as many separators each. It remembers the line asked about last,
// so that the lines of a text are read once.
type table struct {
	from, to int         // a line that has been looked at; nothing if from > to
	row      bool        // it is a row of the table below
	lines    [2]unbroken // where no line begins, and where none ends

	start     int // where its first row begins, or -1
	last      int // where the last row begins that is known
	separator byte
	n         int // separators in a row
	headed    bool
	fields    [maxColumns]field // of the columns, where it is headed
}

// An unbroken is a part of a text, raw[from:to], in which something does not stand. A long line is asked about at each of its values.
type unbroken struct{ from, to int }

// forget makes t that of a text of which nothing has been read.
func (t *table) forget() {
	t.from, t.to, t.start, t.last = 1, 0, -1, -1
	t.lines = [2]unbroken{}
}

// separators of cells, the first of them that a row has.
var cellSeparators = [...]byte{'|', '\t', ';', ','}

// columnAt returns the name of the column that what begins at raw[i] stands in, if it is at the start of
// a cell of a table.
func (s *scan) columnAt(i int) field {
	k := i - 1
	for k >= 0 && k >= i-maxBlanks && (s.raw[k] == ' ' || s.raw[k] == '"' || s.raw[k] == '\\' && s.raw[k+1] == '"') {
		k--
	}
	if k < 0 || k < i-maxBlanks {
		return noField
	}
	switch c := s.raw[k]; {
	case c == '|' || c == ';' || c == ',' || c == '\t' || c == '\n':
	case s.escaped && (c == 't' || c == 'n') && k > 0 && s.raw[k-1] == '\\':
	default:
		return noField // Fast path.
	}
	t := &s.table
	if i < t.from || i >= t.to {
		s.readRow(i)
	}
	if !t.row || !t.headed || i-t.start > maxTable {
		return noField
	}
	column, _ := s.cells(t.from, i, t.separator)
	if t.separator == '|' && s.raw[t.from] == '|' {
		column--
	}
	if column < 0 || column >= maxColumns {
		return noField
	}
	return t.fields[column]
}

// readRow looks at the line that raw[i] stands in: whether it is a row, and of which table.
func (s *scan) readRow(i int) {
	t := &s.table
	t.from = s.lineStart(i)
	t.to, t.row = i+1, false
	if t.from < 0 {
		t.from = i
		return
	}
	end := s.lineEnd(i)
	if end < 0 {
		return
	}
	t.to = end + 1
	separator, n := s.separatorOf(t.from, end)
	if n == 0 || n == 1 && separator == ',' || n > maxColumns {
		return
	}
	// Back to the first row, or to one that is known.
	start := t.from
	for start > 0 && t.from-start <= maxTable {
		if start == t.last && t.separator == separator && t.n == n {
			if t.last == t.start { // of which nothing has been known but its first row, which no other one heads
				t.headed = s.heading()
			}
			t.last, t.row = t.from, true
			return
		}
		before := s.lineBefore(start)
		if before < 0 {
			break
		}
		if k, _ := s.cells(before, s.lineEnd(before), separator); k != n {
			break
		}
		start = before
	}
	t.start, t.last, t.separator, t.n, t.row = start, t.from, separator, n, true
	t.headed = start < t.from && t.from-start <= maxTable && s.heading()
}

// heading reads the names of the columns from the first row of the table. They are short, and no
// sentences, values or members; of two columns both must be known.
func (s *scan) heading() bool {
	t := &s.table
	end := s.lineEnd(t.start)
	if end < 0 {
		return false
	}
	i, known := t.start, 0
	if s.raw[i] == '|' {
		i++
	}
	columns := 0
	for ; columns < maxColumns && i <= end; columns++ {
		n, next := s.cells(i, end, t.separator)
		cell := end
		if n > 0 {
			cell = next
		}
		name := s.raw[i:cell]
		for len(name) > 0 && (isBlank(name[0]) || isQuote(name[0]) || name[0] == '\\' || name[0] == '*') {
			name = name[1:]
		}
		for len(name) > 0 && (isBlank(name[len(name)-1]) || isQuote(name[len(name)-1]) || name[len(name)-1] == '\\' || name[len(name)-1] == '*') {
			name = name[:len(name)-1]
		}
		if len(name) > maxHeading {
			return false
		}
		for _, c := range name {
			if c == ':' || c == '=' || c == '{' || c == '[' || c == '@' || c == '"' {
				return false
			}
		}
		t.fields[columns] = noField
		if len(name) > 0 && !isDigit(name[0]) {
			if t.fields[columns] = s.d.fields.find(name); t.fields[columns] != noField {
				known++
			}
		}
		if n == 0 {
			columns++
			break
		}
		i = next + 1
		if s.escaped && t.separator == '\t' && s.raw[next] == '\\' {
			i++
		}
	}
	for k := columns; k < maxColumns; k++ {
		t.fields[k] = noField
	}
	return known > 1 || known == 1 && t.n > 1
}

// cellKinds are the places of bytes in cellSeparators, plus 1; of those that separatorOf looks at besides, more.
var cellKinds = func() (t [256]uint8) {
	for k, c := range cellSeparators {
		t[c] = uint8(k + 1)
	}
	t['"'], t['\\'] = uint8(len(cellSeparators)+1), uint8(len(cellSeparators)+2)
	return t
}()

// separatorOf returns the first of cellSeparators that stands in raw[from:to] outside quotes, and how often. It is cells
// for all of them at once.
func (s *scan) separatorOf(from, to int) (separator byte, n int) {
	var counts [len(cellSeparators) + 1]int
	quoted := false
	for i := from; i < to; i++ {
		kind := cellKinds[s.raw[i]]
		if kind == 0 {
			continue
		}
		if int(kind) == len(cellSeparators)+2 {
			if !s.escaped || i+1 >= to {
				continue
			}
			i++
			switch s.raw[i] {
			case 't':
				kind = cellKinds['\t']
			case '"':
				kind = cellKinds['"']
			default:
				continue
			}
		}
		switch {
		case int(kind) == len(cellSeparators)+1:
			quoted = !quoted
		case !quoted:
			counts[kind]++
		}
	}
	for k, c := range cellSeparators {
		if counts[k+1] > 0 {
			return c, counts[k+1]
		}
	}
	return 0, 0
}

// cells returns how many separators stand in raw[from:to] outside quotes, and where the first does.
func (s *scan) cells(from, to int, separator byte) (n, first int) {
	quoted := false
	for i := from; i < to; i++ {
		c := s.raw[i]
		at := i
		if c == '\\' && s.escaped && i+1 < to {
			i++
			switch c = s.raw[i]; c {
			case 't':
				c = '\t'
			case '"':
			default:
				continue
			}
		}
		switch {
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			if n++; n == 1 {
				first = at
			}
		}
	}
	return n, first
}

// lineStart returns where the line begins that raw[i] stands in, or -1 if that is far.
func (s *scan) lineStart(i int) int {
	g := &s.table.lines[0]
	low := max(0, i-maxRow)
	k := i - 1
	for ; k >= low; k-- {
		if g.from <= k && k < g.to {
			k = g.from // no byte of it is looked at twice
			continue
		}
		if s.breaks(k) {
			*g = unbroken{k + 1, i}
			return k + 1
		}
	}
	*g = unbroken{max(0, k+1), i}
	if i <= maxRow {
		return 0
	}
	return -1
}

// breaks reports whether raw[k] is the last byte of a line break, or, in JSON, the quote that a string begins with.
func (s *scan) breaks(k int) bool {
	switch s.raw[k] {
	case '\n':
		return true
	case 'n':
		return s.escaped && k > 0 && s.raw[k-1] == '\\'
	case '"':
		return s.escaped && (k == 0 || s.raw[k-1] != '\\')
	}
	return false
}

// lineBefore returns where the line begins that is before the one at raw[start], or -1.
func (s *scan) lineBefore(start int) int {
	switch k := start - 1; {
	case s.raw[k] == '"':
		return -1 // the string begins here
	case s.raw[k] == 'n':
		return s.lineStart(k - 1)
	default:
		return s.lineStart(k)
	}
}

// lineEnd returns where the line ends that raw[i] stands in, or -1 if that is far.
func (s *scan) lineEnd(i int) int {
	g := &s.table.lines[1]
	high := min(len(s.raw), i+maxRow)
	k := i
	if g.from <= i && i < g.to {
		k = g.to
	}
	for ; k < high; k++ {
		switch c := s.raw[k]; {
		case c == '\n' || c == '\r' || c == '"' && s.escaped && (k == 0 || s.raw[k-1] != '\\'):
			*g = unbroken{i, k}
			return k
		case c == '\\' && s.escaped && k+1 < len(s.raw) && (s.raw[k+1] == 'n' || s.raw[k+1] == 'r'):
			*g = unbroken{i, k}
			return k
		}
	}
	*g = unbroken{i, k}
	if len(s.raw) <= i+maxRow {
		return len(s.raw)
	}
	return -1
}
