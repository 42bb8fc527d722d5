// Command tinkv1peer does what tests ask of it with github.com/google/tink/go v1.7.0, whose
// repository was archived in 2024 and lives on as github.com/tink-crypto/tink-go/v2, which
// the product links. One program cannot link both: each registers the same protobuf
// names. So this one is built and run by a test, and nothing imports it.
//
// It reads requests from standard input, one JSON object a line, and answers each so.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/tink/go/aead"
	"github.com/google/tink/go/daead"
	"github.com/google/tink/go/insecurecleartextkeyset"
	"github.com/google/tink/go/keyset"
	tinkpb "github.com/google/tink/go/proto/tink_go_proto"
)

// A request names what to do and with what. Keysets are in Tink's binary form, in clear.
type request struct {
	Op     string // "make", "seal", "open", "wrap" or "unwrap"
	Kind   string // of keys to make: "siv" or "gcm"
	Keys   int    // how many to make; the last is primary
	Keyset []byte
	KEK    []byte
	AD     []byte
	Text   []byte
}

type answer struct {
	Out   []byte
	Error string `json:",omitempty"`
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for in.More() {
		var req request
		if err := in.Decode(&req); err != nil {
			fmt.Fprintln(os.Stderr, "tinkv1peer:", err)
			os.Exit(1)
		}
		var a answer
		var err error
		if a.Out, err = do(&req); err != nil {
			a.Error = err.Error()
		}
		out.Encode(a)
	}
}

func do(req *request) ([]byte, error) {
	switch req.Op {
	case "make":
		return makeKeyset(req)
	case "seal", "open":
		return use(req)
	case "wrap", "unwrap":
		return wrap(req)
	}
	return nil, fmt.Errorf("unknown op %q", req.Op)
}

func makeKeyset(req *request) ([]byte, error) {
	template := map[string]func() *tinkpb.KeyTemplate{"siv": daead.AESSIVKeyTemplate, "gcm": aead.AES256GCMKeyTemplate}[req.Kind]
	if template == nil {
		return nil, fmt.Errorf("unknown kind %q", req.Kind)
	}
	m := keyset.NewManager()
	for range req.Keys {
		id, err := m.Add(template())
		if err != nil {
			return nil, err
		}
		if err := m.SetPrimary(id); err != nil {
			return nil, err
		}
	}
	h, err := m.Handle()
	if err != nil {
		return nil, err
	}
	return write(h)
}

func use(req *request) ([]byte, error) {
	h, err := read(req.Keyset)
	if err != nil {
		return nil, err
	}
	switch req.Kind {
	case "siv":
		d, err := daead.New(h)
		if err != nil {
			return nil, err
		}
		if req.Op == "seal" {
			return d.EncryptDeterministically(req.Text, req.AD)
		}
		return d.DecryptDeterministically(req.Text, req.AD)
	case "gcm":
		a, err := aead.New(h)
		if err != nil {
			return nil, err
		}
		if req.Op == "seal" {
			return a.Encrypt(req.Text, req.AD)
		}
		return a.Decrypt(req.Text, req.AD)
	}
	return nil, fmt.Errorf("unknown kind %q", req.Kind)
}

// wrap writes or reads an encrypted keyset in JSON.
func wrap(req *request) ([]byte, error) {
	kh, err := read(req.KEK)
	if err != nil {
		return nil, err
	}
	kek, err := aead.New(kh)
	if err != nil {
		return nil, err
	}
	if req.Op == "unwrap" {
		h, err := keyset.ReadWithAssociatedData(keyset.NewJSONReader(bytes.NewReader(req.Text)), kek, req.AD)
		if err != nil {
			return nil, err
		}
		return write(h)
	}
	h, err := read(req.Keyset)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	err = h.WriteWithAssociatedData(keyset.NewJSONWriter(&buf), kek, req.AD)
	return buf.Bytes(), err
}

func read(raw []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(raw)))
}

func write(h *keyset.Handle) ([]byte, error) {
	var buf bytes.Buffer
	err := insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&buf))
	return buf.Bytes(), err
}
