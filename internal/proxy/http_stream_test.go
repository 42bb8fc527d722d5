package proxy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// relayStream returns what a client gets of a stream that comes in pieces of those sizes.
func relayStream(t testing.TB, open func(string) portal, stream, cuts []byte) []byte {
	h, err := newHTTP(HTTPOptions{Upstream: &url.URL{Scheme: "http", Host: "up.test"}, KeepAlive: -1, MaxMessage: 1 << 20,
		Transport: noTransport{}}, open)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest("GET", "/", nil)
	x := &exchange{p: h.(*httpProxy), w: rec, r: req, client: req.Header, live: &liveSession{portal: open("")},
		target: &url.URL{Scheme: "http", Host: "up.test"}, sent: http.Header{}}
	x.events(&http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(&pieces{b: stream, cuts: cuts})})
	return rec.Body.Bytes()
}

// noTransport reaches nobody.
type noTransport struct{}

func (noTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Body.Close()
	return nil, io.ErrUnexpectedEOF
}

// pieces hands out its bytes in the sizes that cuts says, again and again.
type pieces struct {
	b, cuts []byte
	n       int
}

func (c *pieces) Read(p []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	size := len(c.b)
	if len(c.cuts) > 0 {
		size = int(c.cuts[c.n%len(c.cuts)])%9 + 1
		c.n++
	}
	n := copy(p[:min(size, len(p))], c.b)
	c.b = c.b[n:]
	return n, nil
}

// However a stream is cut, the client gets the same; and whatever readers of event streams see
// in it, those that end lines as the standard says and those that know LF only, as the go-sdk's, the value
// is not there, nor in any line but one of an id.
func FuzzHTTPEvents(f *testing.F) {
	for _, s := range []string{
		"event: message\ndata: $M\n\n", "data: $M\r\n\r\n: ping\n\n", "id: 1\nretry: 5\ndata: \n\n", "data:\r$M\n\n",
		": x\rdata: $M\n\n", "data: $M", "note: $M\ndata\n\n", "data: {\ndata: $V}\n\n", ": $V\n\n", "\xEF\xBB\xBFdata: $M\n\n",
		"event: endpoint\ndata: /x?$V\n\n", "data: \"$V\"\n\n", "data:\ndata: $M\n\n", "data: $M\n\ndata: $M\n\n",
		"data: [$M,$M]\n\n", "data $M\n\n", "data: $M\r\rdata:$M\n\n", "event: $V\ndata: $M\n\n", "event: a\revent:$V\n\n", "retry: $V\n\n", "id: $V\n\n",
	} {
		f.Add([]byte(s), []byte{3, 1, 4})
	}
	f.Fuzz(func(t *testing.T, in, cuts []byte) {
		fake := &fakeSession{value: "v@x.test", token: "pii-fake", waiting: map[string]bool{}}
		message := []byte(`{"jsonrpc":"2.0","id":1,"result":{"a":"v@x.test"}}`)
		stream := bytes.ReplaceAll(bytes.ReplaceAll(in, []byte("$M"), message), []byte("$V"), []byte("v@x.test"))
		got := relayStream(t, fake.open, stream, cuts)
		if bytes.Contains(stream, []byte("endpoint")) {
			return // has a random id
		}
		if whole := relayStream(t, fake.open, stream, nil); !bytes.Equal(bytes.ReplaceAll(whole, []byte("\r\n"), []byte("\n")), bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))) {
			if !bytes.Contains(stream, []byte("\r")) { // where a CR ends an event, its LF may come apart
				t.Fatalf("stream %q cut by %v gives %q\nwhole %q", stream, cuts, got, whole)
			}
		}
		for line := range strings.FieldsFuncSeq(string(got), func(r rune) bool { return r == '\r' || r == '\n' }) {
			if strings.Contains(line, fake.value) && !strings.HasPrefix(strings.TrimPrefix(line, "\xEF\xBB\xBF"), "id:") {
				t.Fatalf("stream %q cut by %v gives %q: a line is %q", stream, cuts, got, line)
			}
		}
		for _, read := range []func([]byte) []string{standardData, plainData} {
			for _, data := range read(got) {
				if strings.Contains(data, fake.value) && json.Valid([]byte(data)) {
					t.Fatalf("stream %q cut by %v gives %q: a reader sees %q", stream, cuts, got, data)
				}
			}
		}
	})
}

// plainData reads events as the go-sdk does: lines end with LF, and blanks around a value go.
func plainData(stream []byte) (all []string) {
	var data []string
	sc := bufio.NewScanner(bytes.NewReader(stream))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		line := strings.TrimRight(sc.Text(), "\r\n")
		if line == "" {
			all, data = append(all, strings.Join(data, "\n")), nil
		} else if d, ok := strings.CutPrefix(line, "data:"); ok {
			data = append(data, strings.TrimSpace(d))
		}
	}
	return append(all, strings.Join(data, "\n"))
}

// standardData reads events as the standard says.
func standardData(stream []byte) (all []string) {
	var data []string
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(stream), "\xEF\xBB\xBF"))
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			all, data = append(all, strings.Join(data, "\n")), nil
		} else if d, ok := strings.CutPrefix(line, "data:"); ok {
			data = append(data, strings.TrimPrefix(d, " "))
		}
	}
	return append(all, strings.Join(data, "\n"))
}

// A stream in which nothing is found comes as it is.
func TestHTTPEventsByteIdentical(t *testing.T) {
	fake := newFake(t)
	stream := []byte("\xEF\xBB\xBF: hello\n\nid:1\r\nevent: message\r\ndata:" + result(1, "x") + "\r\n\r\n" +
		"retry: 10\ndata:  {\"jsonrpc\":\"2.0\",\ndata:\"method\":\"n\"}\n\n\n\nevent: ping\n\nid\ndata\n\ndata: " + result(2, "y"))
	for cut := range byte(9) {
		if got := relayStream(t, fake.open, stream, []byte{cut}); !bytes.Equal(got, stream) {
			t.Errorf("cut by %d: stream\n%q\ncame as\n%q", cut+1, stream, got)
		}
	}
}
