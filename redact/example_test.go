package redact_test

import (
	"context"
	"fmt"
	"log"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func Example() {
	ctx := context.Background()
	msg := []byte(`{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Card on file: 4111 1111 1111 1111"}]}}`)

	core, err := patterns.Builtin("core")
	if err != nil {
		log.Fatal(err)
	}
	det, err := detect.New(patterns.Rules(core), nil)
	if err != nil {
		log.Fatal(err)
	}
	pol, err := policy.New([]policy.Rule{
		{Name: "cards stay home", Direction: policy.ToServer, Entities: []string{"CREDIT_CARD"}, Action: policy.Block},
		{Name: "show the last four", Entities: []string{"CREDIT_CARD"}, Action: policy.Mask},
		{Name: "rest", Action: policy.Pass},
	})
	if err != nil {
		log.Fatal(err)
	}
	f, err := redact.New(det, pol, redact.Transformers{{Action: policy.Mask}: redact.Mask(4)}, nil)
	if err != nil {
		log.Fatal(err)
	}
	out, err := f.NewRewriter().Rewrite(ctx, &redact.Call{Site: policy.Site{Direction: policy.ToClient, Name: "crm_lookup"}}, msg)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", out)
	// Output:
	// {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Card on file: **** **** **** 1111"}]}}
}
