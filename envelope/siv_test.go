package envelope

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"
)

func TestSIVWycheproof(t *testing.T) {
	raw, err := os.ReadFile("testdata/wycheproof_aes_siv.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tests []struct {
			TcID                               int
			Comment, Key, AAD, Msg, Ct, Result string
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Tests) < 100 {
		t.Fatalf("%d vectors, want 147", len(file.Tests))
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, v := range file.Tests {
		s, err := newSIV(unhex(v.Key))
		if err != nil {
			t.Fatal(err)
		}
		var w scratch
		ad, msg, ct := unhex(v.AAD), unhex(v.Msg), unhex(v.Ct)
		sealed := append(make([]byte, blockSize), msg...)
		s.seal(&w, sealed, ad)
		if valid := v.Result == "valid"; bytes.Equal(sealed, ct) != valid {
			t.Errorf("vector %d (%s): seal = %x, vector has %x, %s", v.TcID, v.Comment, sealed, ct, v.Result)
		}
		got := bytes.Clone(ct)
		ok := s.open(&w, got, ad)
		if ok != (v.Result == "valid") || ok && !bytes.Equal(got[blockSize:], msg) {
			t.Errorf("vector %d (%s): open = %v %x, want %s %x", v.TcID, v.Comment, ok, got[blockSize:], v.Result, msg)
		}
		if !ok && !bytes.Equal(got[blockSize:], make([]byte, len(got)-blockSize)) {
			t.Errorf("vector %d (%s): open failed and left plaintext behind", v.TcID, v.Comment)
		}
	}
}

// TestSIVTink: Tink opens what siv makes, siv opens what Tink makes, and both make the same.
func TestSIVTink(t *testing.T) {
	rnd := rand.NewChaCha8([32]byte{1})
	for n := range 600 {
		key, ad, msg := make([]byte, sivKeySize), make([]byte, n%97), make([]byte, n)
		rnd.Read(key)
		rnd.Read(ad)
		rnd.Read(msg)
		s, err := newSIV(key)
		if err != nil {
			t.Fatal(err)
		}
		tink, err := subtle.NewAESSIV(key)
		if err != nil {
			t.Fatal(err)
		}
		var w scratch
		ours := append(make([]byte, blockSize), msg...)
		s.seal(&w, ours, ad)
		theirs, err := tink.EncryptDeterministically(msg, ad)
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Fatalf("%d bytes: seal = %x, Tink's is %x (%v)", n, ours, theirs, err)
		}
		if got, err := tink.DecryptDeterministically(ours, ad); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("%d bytes: Tink does not open what seal made: %v", n, err)
		}
		if !s.open(&w, theirs, ad) || !bytes.Equal(theirs[blockSize:], msg) {
			t.Fatalf("%d bytes: open does not open what Tink made", n)
		}
	}
}

func TestSIVKeySize(t *testing.T) {
	for _, n := range []int{0, 32, 48, 63, 65} {
		if _, err := newSIV(make([]byte, n)); err == nil {
			t.Errorf("newSIV(%d bytes) = nil, want an error", n)
		}
	}
}

// BenchmarkTink is the yardstick for BenchmarkSeal, which makes the token's text as well.
func BenchmarkTink(b *testing.B) {
	tink, err := subtle.NewAESSIV(make([]byte, sivKeySize))
	if err != nil {
		b.Fatal(err)
	}
	msg, ad := []byte("ada@lovelace.example"), make([]byte, 52)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tink.EncryptDeterministically(msg, ad); err != nil {
			b.Fatal(err)
		}
	}
}
