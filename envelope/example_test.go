package envelope_test

import (
	"errors"
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/redact"
)

func Example() {
	// In memory; envelope.Open is for keys that are to last.
	k, err := envelope.New(&envelope.Options{Names: map[detect.Entity]string{"EMAIL_ADDRESS": "email"}})
	if err != nil {
		panic(err)
	}
	defer k.Close()

	alice := redact.Scope{Tenant: "acme", Kind: "principal", ID: "alice"}
	token, err := k.Seal(nil, "EMAIL_ADDRESS", []byte("ada@lovelace.example"), alice)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s…, %d characters\n", token[:11], len(token))

	value, err := k.Unseal(nil, token, alice)
	fmt.Printf("alice: %s %v\n", value, err)

	bob := redact.Scope{Tenant: "acme", Kind: "principal", ID: "bob"}
	_, err = k.Unseal(nil, token, bob)
	fmt.Println("bob:", err, errors.Is(err, envelope.ErrAuth))
	// Output:
	// pii-email-1…, 83 characters
	// alice: ada@lovelace.example <nil>
	// bob: envelope: token does not open here true
}
