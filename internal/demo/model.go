package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A Step is one tool call of the scripted model, as either side saw it.
type Step struct {
	Say      string          // what the model is up to
	Tool     string          //
	Answered json.RawMessage // the arguments as the model gave them
	Got      json.RawMessage // the arguments as the tool got them
	Sent     json.RawMessage // the result as the server sent it
	Saw      json.RawMessage // the result as the model saw it
	Expect   []Expect        // what the arguments must have become
}

// An Expect says what a tool must get in an argument.
type Expect struct {
	Arg    string // the argument's name
	Opened []real // values that the policy lets the tool have, in this argument
	Closed []real // values it must get as tokens
	Same   bool   // the argument must arrive as the model gave it
}

// A real is a customer's value and what to call it.
type real struct{ what, value string }

// A model is the scripted model: it knows of the customers what the sidecar lets it see.
type model struct {
	session   *mcp.ClientSession
	customers []Customer // the truth: for Expect alone, never for an argument
	steps     []Step
}

// run plays the script: look up one customer, list all, update another with what was seen, send
// a mail, and try with a token that is not quite right.
func (m *model) run(ctx context.Context) error {
	ann, bea := &m.customers[0], &m.customers[1]
	var seen Customer
	if err := m.call(ctx, Step{Say: "look " + ann.ID + " up", Tool: "get_customer"}, map[string]any{"id": ann.ID}, &seen); err != nil {
		return err
	}
	var list []contact
	if err := m.call(ctx, Step{Say: "find out who else there is", Tool: "list_customers"}, map[string]any{}, &list); err != nil {
		return err
	}
	if len(list) < 2 {
		return errors.New("demo: list_customers did not answer with the customers")
	}
	if err := m.call(ctx, Step{
		Say: fmt.Sprintf("give %s the phone and the card of %s", bea.ID, ann.ID), Tool: "update_customer",
		Expect: []Expect{
			{Arg: "phone", Opened: []real{{"phone", ann.Phone}}},
			{Arg: "card_number", Closed: []real{{"card", ann.Card}}, Same: true},
		},
	}, map[string]any{"id": bea.ID, "phone": seen.Phone, "card_number": seen.Card}, nil); err != nil {
		return err
	}
	if err := m.call(ctx, Step{
		Say: "tell " + bea.ID + " by mail", Tool: "send_mail",
		Expect: []Expect{
			{Arg: "to", Opened: []real{{"e-mail", bea.Email}}},
			{Arg: "body", Opened: []real{{"first name", bea.FirstName}}, Closed: []real{{"phone", ann.Phone}}},
		},
	}, map[string]any{
		"to": list[1].Email, "subject": "Your contact data",
		"body": "Dear " + list[1].FirstName + ", your phone number is now " + seen.Phone + ".",
	}, nil); err != nil {
		return err
	}
	garbled := garble(list[1].Email)
	return m.call(ctx, Step{
		Say: "write again, with a token it does not remember well", Tool: "send_mail",
		Expect: []Expect{{Arg: "to", Closed: []real{{"e-mail", bea.Email}}, Same: true}},
	}, map[string]any{"to": garbled, "subject": "Hello", "body": "Just to be sure."}, nil)
}

// garble changes the last characters of a token, so that it is a token no more.
func garble(token string) string {
	if len(token) < 4 {
		return token + "????"
	}
	tail := strings.Map(func(r rune) rune {
		if r == 'q' {
			return 'p'
		}
		return 'q'
	}, token[len(token)-4:])
	return token[:len(token)-4] + tail
}

// call calls a tool and notes what the model gave and saw. What the tool returned is read into
// out: from its structured content, or else from its text.
func (m *model) call(ctx context.Context, step Step, args map[string]any, out any) error {
	var err error
	if step.Answered, err = json.Marshal(args); err != nil {
		return err
	}
	res, err := m.session.CallTool(ctx, &mcp.CallToolParams{Name: step.Tool, Arguments: args})
	if err != nil {
		return fmt.Errorf("demo: %s: %w", step.Tool, err)
	}
	if step.Saw, err = json.Marshal(res); err != nil {
		return err
	}
	m.steps = append(m.steps, step)
	if out == nil {
		return nil
	}
	if res.IsError {
		return fmt.Errorf("demo: %s answered with an error", step.Tool)
	}
	raw, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return err
	}
	if res.StructuredContent == nil {
		text, ok := res.Content[0].(*mcp.TextContent)
		if !ok {
			return fmt.Errorf("demo: %s answered without text", step.Tool)
		}
		raw = []byte(text.Text)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("demo: %s: what came back is no longer the JSON that it was", step.Tool)
	}
	return nil
}
