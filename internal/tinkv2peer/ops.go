package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/jwt"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// This file is the same in tinkv1peer and tinkv2peer, but for the imports; a test of envelope holds them together.

// A request names what to do and with what.
type request struct {
	Op     string // "make", "rotate", "seal", "open", "wrap" or "unwrap"
	Kind   string // of keys, as in kinds
	Format string // of Keyset: "binary" if empty, "json", or "encrypted", which is JSON wrapped by KEK with AD "keyset"
	Keyset []byte
	Keys   int    // how many to make; the last is primary
	KEK    []byte // a keyset of kind "gcm", binary and in clear
	AD     []byte
	Text   []byte
}

type answer struct {
	Out   []byte
	Error string `json:",omitempty"`
}

// A kind is a primitive, and a template of keys for it: nil if this side has none.
type kind struct {
	use      func(op string, h *keyset.Handle, text, ad []byte) ([]byte, error)
	template func() *tinkpb.KeyTemplate
}

var kinds = map[string]kind{
	"siv":           {useDAEAD, daead.AESSIVKeyTemplate},
	"gcm":           {useAEAD, aead.AES256GCMKeyTemplate},
	"gcm128":        {useAEAD, aead.AES128GCMKeyTemplate},
	"gcmraw":        {useAEAD, aead.AES256GCMNoPrefixKeyTemplate},
	"ctrhmac128":    {useAEAD, aead.AES128CTRHMACSHA256KeyTemplate},
	"ctrhmac256":    {useAEAD, aead.AES256CTRHMACSHA256KeyTemplate},
	"chacha":        {useAEAD, aead.ChaCha20Poly1305KeyTemplate},
	"xchacha":       {useAEAD, aead.XChaCha20Poly1305KeyTemplate},
	"hmac256":       {useMAC, mac.HMACSHA256Tag256KeyTemplate},
	"hmac512":       {useMAC, mac.HMACSHA512Tag512KeyTemplate},
	"cmac":          {useMAC, mac.AESCMACTag128KeyTemplate},
	"prfhmac":       {usePRF, prf.HMACSHA256PRFKeyTemplate},
	"prfhkdf":       {usePRF, prf.HKDFSHA256PRFKeyTemplate},
	"prfcmac":       {usePRF, prf.AESCMACPRFKeyTemplate},
	"streamgcm":     {useStream, streamingaead.AES256GCMHKDF4KBKeyTemplate},
	"streamctrhmac": {useStream, streamingaead.AES128CTRHMACSHA256Segment4KBKeyTemplate},
	"hpke":          {useHybrid, hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template},
	"ecies":         {useHybrid, hybrid.ECIESHKDFAES128GCMKeyTemplate},
	"ed25519":       {useSignature, signature.ED25519KeyTemplate},
	"ecdsa":         {useSignature, signature.ECDSAP256KeyTemplate},
	"jwths256":      {useJWT, jwt.HS256Template},
}

// serve answers the requests on standard input, one JSON object a line.
func serve() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for in.More() {
		var req request
		if err := in.Decode(&req); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var a answer
		var err error
		if a.Out, err = do(&req); err != nil {
			a.Error = err.Error()
		}
		_ = out.Encode(a)
	}
}

func do(req *request) ([]byte, error) {
	k, ok := kinds[req.Kind]
	switch req.Op {
	case "wrap", "unwrap":
		return wrap(req)
	case "make", "rotate", "seal", "open":
		if !ok {
			return nil, fmt.Errorf("unknown kind %q", req.Kind)
		}
	default:
		return nil, fmt.Errorf("unknown op %q", req.Op)
	}
	if req.Op == "make" {
		return grow(req, keyset.NewManager(), k, req.Keys)
	}
	h, err := read(req)
	if err != nil {
		return nil, err
	}
	if req.Op == "rotate" {
		return grow(req, keyset.NewManagerFromHandle(h), k, 1)
	}
	return k.use(req.Op, h, req.Text, req.AD)
}

// grow adds n keys, each primary in its turn, and writes the keyset.
func grow(req *request, m *keyset.Manager, k kind, n int) ([]byte, error) {
	if k.template == nil {
		return nil, errors.New("no template for this kind")
	}
	for range n {
		id, err := m.Add(k.template())
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
	return write(req, h)
}

var keysetAD = []byte("keyset")

func read(req *request) (*keyset.Handle, error) {
	in := bytes.NewReader(req.Keyset)
	switch req.Format {
	case "":
		return insecurecleartextkeyset.Read(keyset.NewBinaryReader(in))
	case "json":
		return insecurecleartextkeyset.Read(keyset.NewJSONReader(in))
	case "encrypted":
		kek, err := readKEK(req)
		if err != nil {
			return nil, err
		}
		return keyset.ReadWithAssociatedData(keyset.NewJSONReader(in), kek, keysetAD)
	}
	return nil, fmt.Errorf("unknown format %q", req.Format)
}

func write(req *request, h *keyset.Handle) ([]byte, error) {
	var buf bytes.Buffer
	var err error
	switch req.Format {
	case "":
		err = insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&buf))
	case "json":
		err = insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf))
	case "encrypted":
		var kek tink.AEAD
		if kek, err = readKEK(req); err == nil {
			err = h.WriteWithAssociatedData(keyset.NewJSONWriter(&buf), kek, keysetAD)
		}
	default:
		err = fmt.Errorf("unknown format %q", req.Format)
	}
	return buf.Bytes(), err
}

func readKEK(req *request) (tink.AEAD, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(req.KEK)))
	if err != nil {
		return nil, err
	}
	return aead.New(h)
}

// wrap writes or reads an encrypted keyset in JSON, with the request's associated data.
func wrap(req *request) ([]byte, error) {
	kek, err := readKEK(req)
	if err != nil {
		return nil, err
	}
	if req.Op == "unwrap" {
		h, err := keyset.ReadWithAssociatedData(keyset.NewJSONReader(bytes.NewReader(req.Text)), kek, req.AD)
		if err != nil {
			return nil, err
		}
		return write(req, h)
	}
	h, err := read(req)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	err = h.WriteWithAssociatedData(keyset.NewJSONWriter(&buf), kek, req.AD)
	return buf.Bytes(), err
}

func useDAEAD(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	d, err := daead.New(h)
	if err != nil {
		return nil, err
	}
	if op == "seal" {
		return d.EncryptDeterministically(text, ad)
	}
	return d.DecryptDeterministically(text, ad)
}

func useAEAD(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	a, err := aead.New(h)
	if err != nil {
		return nil, err
	}
	if op == "seal" {
		return a.Encrypt(text, ad)
	}
	return a.Decrypt(text, ad)
}

func useHybrid(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	if op == "open" {
		d, err := hybrid.NewHybridDecrypt(h)
		if err != nil {
			return nil, err
		}
		return d.Decrypt(text, ad)
	}
	public, err := h.Public()
	if err != nil {
		return nil, err
	}
	e, err := hybrid.NewHybridEncrypt(public)
	if err != nil {
		return nil, err
	}
	return e.Encrypt(text, ad)
}

func useStream(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	s, err := streamingaead.New(h)
	if err != nil {
		return nil, err
	}
	if op == "open" {
		r, err := s.NewDecryptingReader(bytes.NewReader(text), ad)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	var buf bytes.Buffer
	w, err := s.NewEncryptingWriter(&buf, ad)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return buf.Bytes(), err
}

// What follows has no associated data: they are signed with the text. What was sealed is the signature's length, the
// signature and the text.

func useMAC(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	m, err := mac.New(h)
	if err != nil {
		return nil, err
	}
	return signed(op, text, ad, m.ComputeMAC, m.VerifyMAC)
}

func useSignature(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	s, err := signature.NewSigner(h)
	if err != nil {
		return nil, err
	}
	public, err := h.Public()
	if err != nil {
		return nil, err
	}
	v, err := signature.NewVerifier(public)
	if err != nil {
		return nil, err
	}
	return signed(op, text, ad, s.Sign, v.Verify)
}

func usePRF(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	set, err := prf.NewPRFSet(h)
	if err != nil {
		return nil, err
	}
	const size = 16
	return signed(op, text, ad,
		func(data []byte) ([]byte, error) { return set.ComputePrimaryPRF(data, size) },
		func(tag, data []byte) error {
			for _, f := range set.PRFs {
				if got, err := f.ComputePRF(data, size); err != nil || bytes.Equal(got, tag) {
					return err
				}
			}
			return errors.New("no key of the set gives this")
		})
}

func signed(op string, text, ad []byte, sign func([]byte) ([]byte, error), verify func(tag, data []byte) error) ([]byte, error) {
	if op == "seal" {
		tag, err := sign(append(append(append([]byte{}, ad...), 0), text...))
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(tag))), tag...), text...), err
	}
	if len(text) < 4 || uint32(len(text)-4) < binary.BigEndian.Uint32(text) {
		return nil, errors.New("cut short")
	}
	n := 4 + binary.BigEndian.Uint32(text)
	tag, text := text[4:n], text[n:]
	return text, verify(tag, append(append(append([]byte{}, ad...), 0), text...))
}

func useJWT(op string, h *keyset.Handle, text, ad []byte) ([]byte, error) {
	m, err := jwt.NewMAC(h)
	if err != nil {
		return nil, err
	}
	subject, audience := string(text), string(ad)
	if op == "seal" {
		raw, err := jwt.NewRawJWT(&jwt.RawJWTOptions{Subject: &subject, Audience: &audience, WithoutExpiration: true})
		if err != nil {
			return nil, err
		}
		token, err := m.ComputeMACAndEncode(raw)
		return []byte(token), err
	}
	v, err := jwt.NewValidator(&jwt.ValidatorOpts{ExpectedAudience: &audience, AllowMissingExpiration: true})
	if err != nil {
		return nil, err
	}
	got, err := m.VerifyMACAndDecode(string(text), v)
	if err != nil {
		return nil, err
	}
	subject, err = got.Subject()
	return []byte(subject), err
}
