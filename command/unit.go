package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Writer executes commands on the log. It is an [eventstore.Writer] made with
// [Model], or something around one.
type Writer interface {
	// Execute is as [eventstore.Writer.Execute].
	Execute(ctx context.Context, cmd eventstore.Command[domain.State]) (eventstore.Receipt, error)
}

// Unit is the entrance to all commands. It is safe for concurrent use.
type Unit struct {
	settings Settings
	newID    func() string
	// execute runs a command whose decision is given beside it, so that the
	// tests can let it decide on a log in memory.
	execute func(ctx context.Context, cmd eventstore.Command[domain.State], decide decision) (eventstore.Receipt, error)
}

// New returns the commands on the log of a writer. Settings that are zero get
// their defaults; the error names all that are wrong. newID mints ids: UUIDs
// in canonical form that no call ever returns twice, on any instance.
func New(writer Writer, settings Settings, newID func() string) (*Unit, error) {
	settings = settings.withDefaults()
	if err := settings.validate(); err != nil {
		return nil, fmt.Errorf("command settings: %w", err)
	}
	return &Unit{
		settings: settings,
		newID:    newID,
		execute: func(ctx context.Context, cmd eventstore.Command[domain.State], decide decision) (eventstore.Receipt, error) {
			cmd.Decide = func(tx *eventstore.Tx[domain.State]) error { return decide(tx) }
			return writer.Execute(ctx, cmd)
		},
	}, nil
}

// Envelope is what comes with every command, whatever it asks for.
type Envelope struct {
	// Actor is who sends it: "user:<id>", "admin:<name>", "system:<part>".
	Actor string
	// IdempotencyKey is the name that the actor gave to this one request, so
	// that repeating it is harmless. Empty if it has none.
	IdempotencyKey string
	// Correlation is the id of the request, for the logs.
	Correlation string
	// TraceParent is the W3C trace context of the request.
	TraceParent string
}

// Accepted is the durable outcome of a command.
type Accepted[T any] struct {
	// Answer is what the command made, as it was recorded.
	Answer T
	// Position is the last that the command wrote.
	Position eventstore.Position
	// Replayed reports that an earlier command with the same key wrote it.
	Replayed bool
}

// order is a command ready to be executed.
type order struct {
	// name is the command's, as it stands in the metadata of its events.
	name string
	// fingerprint is the digest of what was asked for.
	fingerprint [digestSize]byte
	// streams and tags are what the decision reads, as far as that is known
	// before it has read anything.
	streams, tags []string
	decide        decision
}

// do executes an order and makes the answer from the first of its events.
func do[T any](
	ctx context.Context, u *Unit, env Envelope, o order, answer func(lead eventstore.Event) (T, error),
) (Accepted[T], error) {
	receipt, err := u.execute(ctx, eventstore.Command[domain.State]{
		Key: env.key(o.fingerprint),
		Metadata: eventstore.Metadata{
			Actor: env.Actor, Command: o.name, Correlation: env.Correlation, TraceParent: env.TraceParent,
		},
		Streams: o.streams,
		Tags:    o.tags,
	}, o.decide)
	switch {
	case errors.Is(err, eventstore.ErrKeyReused):
		return Accepted[T]{}, domain.Refuse(domain.CodeKeyReused,
			"This idempotency key was used for another request. Use a fresh key for each request, and the same one only to repeat it.")
	case domain.CodeOf(err) != "":
		return Accepted[T]{}, err
	case err != nil:
		return Accepted[T]{}, fmt.Errorf("%s: %w", o.name, err)
	case len(receipt.Events) == 0:
		return Accepted[T]{}, fmt.Errorf("%s was accepted without an event", o.name)
	}
	made, err := answer(receipt.Events[0])
	if err != nil {
		return Accepted[T]{}, fmt.Errorf("%s: answer from event %d: %w", o.name, receipt.Events[0].Position, err)
	}
	return Accepted[T]{Answer: made, Position: receipt.Position(), Replayed: receipt.Replayed}, nil
}
