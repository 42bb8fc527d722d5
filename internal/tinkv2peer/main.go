// Command tinkv2peer does what tests ask of it with github.com/tink-crypto/tink-go/v2, which the product links. It is the twin
// of tinkv1peer.
package main

import (
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/registry"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/testing/fakekms"
)

// fakeKey is the key of a service that keeps none: its URI says the key.
const fakeKey = "fake-kms://CM2b3_MDElQKSAowdHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUuY3J5cHRvLnRpbmsuQWVzR2NtS2V5EhIaEIK75t5L-adlUwVhWvRuWUwYARABGM2b3_MDIAE"

func main() {
	service, err := fakekms.NewClient(fakeKey)
	if err != nil {
		panic(err)
	}
	registry.RegisterKMSClient(service)
	kinds["envelope"] = kind{useAEAD, func() *tinkpb.KeyTemplate {
		t, err := aead.CreateKMSEnvelopeAEADKeyTemplate(fakeKey, aead.AES256GCMKeyTemplate())
		if err != nil {
			panic(err)
		}
		return t
	}}
	kinds["gcmsiv"] = kind{useAEAD, aead.AES256GCMSIVKeyTemplate}
	kinds["xaes"] = kind{useAEAD, aead.XAES256GCM192BitNonceKeyTemplate}
	serve()
}
