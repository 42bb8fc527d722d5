// Command tinkv1peer does what tests ask of it with github.com/google/tink/go v1.7.0, whose
// repository was archived in 2024 and lives on as github.com/tink-crypto/tink-go/v2, which
// the product links. One program cannot link both: each registers the same protobuf
// names. So this one and its twin, tinkv2peer, are built and run by a test, and nothing
// imports them.
package main

import (
	"github.com/google/tink/go/aead"
	"github.com/google/tink/go/core/registry"
	tinkpb "github.com/google/tink/go/proto/tink_go_proto"
	"github.com/google/tink/go/testing/fakekms"
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
		return aead.KMSEnvelopeAEADKeyTemplate(fakeKey, aead.AES256GCMKeyTemplate())
	}}
	kinds["gcmsiv"] = kind{useAEAD, nil} // it opens what it has no template for
	kinds["xaes"] = kind{useAEAD, nil}   // which it does not know at all
	serve()
}
