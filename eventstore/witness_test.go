package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// sight is what a decision saw under a name.
type sight struct {
	Name   string `json:"name"`
	Tag    bool   `json:"tag,omitempty"`
	Count  int    `json:"count"`
	Digest uint64 `json:"digest"`
}

// order is a command of the tests. Its events bear witness to all that the
// decision saw, so that the log alone tells whether the decision was right.
type order struct {
	id string
	// reads are looked at; a name that begins with "tag:" is a tag.
	reads []string
	// writes get an event each, in order; "stream/tag" puts it under a tag too.
	writes []string
	// fresh writes go to streams that are called fresh.
	fresh []string
	// freshTag, if not empty, makes the order write to a stream of its own,
	// under this tag.
	freshTag string
	// hold, if not zero, is for how long each write holds its stream. A
	// stream that is held refuses.
	hold time.Duration
	// modulo, if not zero, refuses unless the counts of what was read add up
	// to a multiple of it.
	modulo int
	keyed  bool
}

// refusal is a decision against an order, with what it saw.
type refusal struct {
	saw       []sight
	heldUntil time.Time
	now       time.Time
}

func (r *refusal) Error() string { return fmt.Sprintf("refused after seeing %v", r.saw) }

// run executes the order on a store.
func (o order) run(ctx context.Context, s store) (eventstore.Receipt, error) {
	cmd := eventstore.Command[state]{Decide: o.decide}
	if o.keyed {
		cmd.Key = keyOf(o.id, "")
	}
	return s.writer.Execute(ctx, cmd)
}

// insist runs the order again and again until the store is available. With a
// key that is how its outcome is settled.
func (o order) insist(ctx context.Context, s store) (eventstore.Receipt, error) {
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for {
		receipt, err := o.run(ctx, s)
		if !errors.Is(err, eventstore.ErrUnavailable) || ctx.Err() != nil {
			return receipt, err
		}
		<-pause.C
	}
}

// keyOf makes a key of readable parts.
func keyOf(id, request string) eventstore.Key {
	var k eventstore.Key
	copy(k.ID[:], id)
	copy(k.Fingerprint[:], request)
	return k
}

func (o order) decide(tx *eventstore.Tx[state]) error {
	var saw []sight
	sum := 0
	for _, name := range o.reads {
		found, err := load(tx, name)
		if err != nil {
			return err
		}
		saw = append(saw, sightOf(name, found))
		sum += found.Count
	}
	if o.modulo > 0 && sum%o.modulo != 0 {
		return &refusal{saw: saw}
	}
	for _, write := range o.writes {
		stream, _ := splitWrite(write)
		if o.hold == 0 {
			continue
		}
		found, err := tx.Load(stream)
		if err != nil {
			return err
		}
		saw = append(saw, sightOf(stream, found))
		if tx.Now().Before(found.HeldUntil) {
			return &refusal{saw: saw, heldUntil: found.HeldUntil, now: tx.Now()}
		}
	}
	for _, stream := range o.fresh {
		tx.Fresh(stream)
	}
	for _, write := range slices.Concat(o.writes, o.fresh) {
		tx.Append(o.event(write, saw))
	}
	return nil
}

// size is how many events the order makes.
func (o order) size() int { return len(o.writes) + len(o.fresh) }

func (o order) event(write string, saw []sight) eventstore.NewEvent {
	stream, tag := splitWrite(write)
	b := body{ID: o.id, Saw: saw, HoldMicros: o.hold.Microseconds()}
	e := eventstore.NewEvent{Stream: stream, Tag: tag, Type: noted}
	if o.hold > 0 {
		e.Type = held
	}
	e.Payload, _ = json.Marshal(b)
	return e
}

// load reads a stream, or a tag if the name says so.
func load(tx *eventstore.Tx[state], name string) (state, error) {
	if tag, ok := tagOf(name); ok {
		return tx.LoadTag(tag)
	}
	return tx.Load(name)
}

func sightOf(name string, s state) sight {
	tag, ok := tagOf(name)
	if ok {
		name = tag
	}
	return sight{Name: name, Tag: ok, Count: s.Count, Digest: s.Digest}
}

// outcome is what the client of an order knows when it has been answered: the
// log's head before and after, and the answer.
type outcome struct {
	order   order
	before  eventstore.Head
	after   eventstore.Head
	receipt eventstore.Receipt
	err     error
}

// observe runs the order and notes the head of the log around it, as seen
// through a log that need not be the writer's.
func (o order) observe(ctx context.Context, s store, observer *eventstore.Log) (outcome, error) {
	before, err := observer.Head(ctx)
	if err != nil {
		return outcome{}, fmt.Errorf("before the order: %w", err)
	}
	execute := o.run
	if o.keyed {
		execute = o.insist
	}
	receipt, answer := execute(ctx, s)
	after, err := observer.Head(ctx)
	if err != nil {
		return outcome{}, fmt.Errorf("after the order: %w", err)
	}
	return outcome{order: o, before: before, after: after, receipt: receipt, err: answer}, nil
}

// refused returns the refusal if that was the answer.
func (o outcome) refused() (*refusal, bool) { return errors.AsType[*refusal](o.err) }
