package audit

import "sync"

// A Batch holds the records of messages that go on together, so that they can be written
// together, before any of the messages does. It is for one goroutine at a time.
type Batch interface {
	// Add takes a record, which is valid during the call only. That it is written is
	// for Flush to say.
	Add(*Record)
	// Flush writes what was added since the last Flush, and returns how many of those records are
	// written, from the first on. Err is nil if they all are. Those that are not are dropped: their
	// messages do not pass.
	Flush() (n int, err error)
}

// NewBatch returns a Batch of records for s. A Sink that can write several records at once has
// a method NewBatch of its own; any other gets each record as it is added, up to the first that fails.
func NewBatch(s Sink) Batch {
	if b, ok := s.(interface{ NewBatch() Batch }); ok {
		return b.NewBatch()
	}
	return &oneByOne{sink: s}
}

type oneByOne struct {
	sink Sink
	n    int
	err  error
}

func (b *oneByOne) Add(r *Record) {
	if b.err != nil {
		return
	}
	if b.err = b.sink.Write(r); b.err == nil {
		b.n++
	}
}

func (b *oneByOne) Flush() (n int, err error) {
	n, err = b.n, b.err
	b.n, b.err = 0, nil
	return n, err
}

func (m multi) NewBatch() Batch {
	var all batches
	for _, s := range m {
		all = append(all, NewBatch(s))
	}
	return all
}

type batches []Batch

func (all batches) Add(r *Record) {
	for _, b := range all {
		b.Add(r)
	}
}

// Flush counts as written what every Sink has written.
func (all batches) Flush() (n int, err error) {
	for i, b := range all {
		k, e := b.Flush()
		if n = min(n, k); i == 0 {
			n = k
		}
		if err == nil {
			err = e
		}
	}
	return n, err
}

// OnError returns s, but that f is called with the first error it fails with.
func OnError(s Sink, f func(error)) Sink { return &onError{Sink: s, f: f} }

type onError struct {
	Sink
	once sync.Once
	f    func(error)
}

func (s *onError) Write(r *Record) error { return s.check(s.Sink.Write(r)) }

func (s *onError) check(err error) error {
	if err != nil {
		s.once.Do(func() { s.f(err) })
	}
	return err
}

func (s *onError) NewBatch() Batch { return &onErrorBatch{NewBatch(s.Sink), s} }

type onErrorBatch struct {
	Batch
	s *onError
}

func (b *onErrorBatch) Flush() (n int, err error) {
	n, err = b.Batch.Flush()
	return n, b.s.check(err)
}
