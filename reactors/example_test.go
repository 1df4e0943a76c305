package reactors_test

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// printer is what a mail server is to the example.
type printer struct{}

// Send would send a mail unless the position was seen before.
func (printer) Send(_ context.Context, position eventstore.Position, user domain.UserID, amount domain.Money) error {
	fmt.Printf("to %s: thank you for %d (event %d)\n", user, amount, position)
	return nil
}

func ExampleReactor() {
	var mail printer
	welcome := reactors.Reactor{
		Name:  "welcome",                    // for ever: another name is another reactor
		Types: []string{wallet.TypeCharged}, // what it wants to hear of
		From:  reactors.FromBeginning,       // or FromHead: from now on
		Handle: func(msg *message.Message) error {
			e, err := envelope.Decode(msg)
			if err != nil {
				return err
			}
			event, err := wallet.Decode(e.Type, e.Payload)
			if err != nil {
				return err
			}
			charged, ok := event.(wallet.Charged)
			if !ok {
				return fmt.Errorf("%w: %s", reactors.ErrHopeless, e.Type)
			}
			// The position makes it idempotent.
			return mail.Send(msg.Context(), e.Position, charged.UserID, charged.Amount)
		},
	}

	// A server runs it with [reactors.Open]; a test of its logic needs neither a
	// server nor a database.
	msg, err := envelope.Encode(eventstore.Event{
		Position: 42, Stream: "wallet-0190a1b2", Version: 1, Type: wallet.TypeCharged,
		Payload:  []byte(`{"userId":"0190a1b2","amount":4900,"balance":4900}`),
		Metadata: []byte(`{}`),
	}, envelope.Options{})
	if err == nil {
		err = welcome.Handle(msg)
	}
	fmt.Println(err)
	// Output:
	// to 0190a1b2: thank you for 4900 (event 42)
	// <nil>
}
