package eventstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

func TestEventsBeyondTheLimitsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	sound := func(change func(*eventstore.NewEvent)) eventstore.NewEvent {
		e := note("s", "x", "t")
		change(&e)
		return e
	}
	for name, bad := range map[string]eventstore.NewEvent{
		"no stream":              sound(func(e *eventstore.NewEvent) { e.Stream = "" }),
		"stream too long":        sound(func(e *eventstore.NewEvent) { e.Stream = strings.Repeat("s", 201) }),
		"stream with NUL":        sound(func(e *eventstore.NewEvent) { e.Stream = "a\x00b" }),
		"stream with new line":   sound(func(e *eventstore.NewEvent) { e.Stream = "a\nb" }),
		"stream not UTF-8":       sound(func(e *eventstore.NewEvent) { e.Stream = "a\xff" }),
		"no type":                sound(func(e *eventstore.NewEvent) { e.Type = "" }),
		"type too long":          sound(func(e *eventstore.NewEvent) { e.Type = strings.Repeat("t", 101) }),
		"type with NUL":          sound(func(e *eventstore.NewEvent) { e.Type = "\x00" }),
		"tag too long":           sound(func(e *eventstore.NewEvent) { e.Tag = strings.Repeat("t", 201) }),
		"tag not UTF-8":          sound(func(e *eventstore.NewEvent) { e.Tag = "\xc3\x28" }),
		"no payload":             sound(func(e *eventstore.NewEvent) { e.Payload = nil }),
		"payload not JSON":       sound(func(e *eventstore.NewEvent) { e.Payload = []byte(`{"a":}`) }),
		"payload of two values":  sound(func(e *eventstore.NewEvent) { e.Payload = []byte(`{} {}`) }),
		"payload not UTF-8":      sound(func(e *eventstore.NewEvent) { e.Payload = []byte("\"\xff\"") }),
		"payload too long":       sound(func(e *eventstore.NewEvent) { e.Payload = []byte(`"` + strings.Repeat("x", 1<<20) + `"`) }),
		"payload nested to dust": sound(func(e *eventstore.NewEvent) { e.Payload = []byte(strings.Repeat("[", 20_000)) }),
	} {
		_, err := s.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{note("sound", "1"), bad}})
		require.ErrorIs(t, err, eventstore.ErrInvalidEvent, name)
	}
	requireLength(t, s.log, 0)
}

func TestEventsAtTheLimitsAreTaken(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	e := eventstore.NewEvent{
		Stream:  strings.Repeat("é", 100),
		Type:    strings.Repeat("t", 100),
		Tag:     strings.Repeat("t", 200),
		Payload: []byte(`"` + strings.Repeat("x", 1<<20-2) + `"`),
	}
	receipt, err := s.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{e, e}})
	require.NoError(t, err)
	require.Equal(t, receipt.Events, readAll(t, s.log))
}

// A name that Postgres cannot take must not spoil the look-up, which it shares
// with those of other commands.
func TestNamesThatCannotBeAreRefusedWithoutALookUp(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, name := range []string{"a\x00b", "a\xff", strings.Repeat("s", 201)} {
		for _, o := range []order{{reads: []string{name}}, {reads: []string{"tag:" + name}}, {writes: []string{name}}} {
			_, err := o.run(t.Context(), s)
			require.ErrorIs(t, err, eventstore.ErrInvalidEvent)
		}
		_, err := s.writer.Append(t.Context(), eventstore.Commit{Expect: map[string]eventstore.Version{name: 0}})
		require.ErrorIs(t, err, eventstore.ErrInvalidEvent)
	}
}

// All of these fail for a reason of their own, at the database at the latest.
// Their neighbours in the same groups must not notice.
func TestABadCommandFailsAlone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "taken", "1")
	reopened := openStore(t, urlOf(s), settings{})
	bad := map[string]order{
		"look-up that the database refuses": {reads: []string{"\x00"}},
		// The writer's memory does not know the stream, so only the unique key
		// finds out that it is not fresh.
		"stale fresh":       {fresh: []string{"taken"}},
		"unknown type read": {reads: []string{"strange"}},
		"stream name":       {writes: []string{"\x00"}},
	}
	_, err := s.writer.Append(t.Context(), eventstore.Commit{Events: []eventstore.NewEvent{
		{Stream: "strange", Type: "strange.v1", Payload: []byte(`{}`)},
	}})
	require.NoError(t, err)

	var all sync.WaitGroup
	const rounds = 30
	for round := range rounds {
		for name, o := range bad {
			all.Go(func() {
				_, err := o.run(t.Context(), reopened)
				if err == nil {
					t.Errorf("%s was accepted", name)
				}
			})
		}
		for i := range 20 {
			all.Go(func() {
				if _, err := appended(t.Context(), reopened, fmt.Sprintf("good-%d-%d", round, i)); err != nil {
					t.Errorf("a good command failed with its neighbour: %v", err)
				}
			})
		}
	}
	all.Wait()
	requireLength(t, s.log, 2+rounds*20)
}

// Postgres takes JSON that is nested less deeply than Go does, so this is a
// payload that only the database refuses.
func TestAPayloadThatOnlyTheDatabaseRefusesFailsAlone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	conn := owner(t, urlOf(s))
	_, err := conn.Exec(t.Context(), `ALTER ROLE ALL IN DATABASE `+conn.Config().Database+` SET max_stack_depth = '100kB'`)
	require.NoError(t, err)
	narrow := openStore(t, urlOf(s), settings{})
	deep := eventstore.NewEvent{Stream: "deep", Type: noted, Payload: []byte(strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000))}

	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if _, err := appended(t.Context(), narrow, fmt.Sprintf("good-%d", i)); err != nil {
				t.Errorf("a good command failed with its neighbour: %v", err)
			}
		})
		all.Go(func() {
			_, err := narrow.writer.Append(context.WithoutCancel(t.Context()), eventstore.Commit{Events: []eventstore.NewEvent{deep}})
			if err == nil {
				t.Error("the deep payload was accepted")
			}
		})
	}
	all.Wait()
	requireLength(t, s.log, 50)
}

// A decision that panics, here or only when it is run again within a group,
// takes nobody with it.
func TestAPanicFailsAlone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustAppend(t, s, "hot", "1")
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if i%2 == 0 {
				if _, err := appended(t.Context(), s, "hot"); err != nil {
					t.Errorf("a good command failed with its neighbour: %v", err)
				}
				return
			}
			runs := 0
			_, err := s.writer.Execute(t.Context(), eventstore.Command[state]{Decide: func(tx *eventstore.Tx[state]) error {
				runs++
				if runs > i%4/2 {
					panic("spilled coffee")
				}
				_, err := tx.Load("hot")
				tx.Append(note("hot", "unharmed"))
				return err
			}})
			if runs > i%4/2 && (err == nil || !strings.Contains(err.Error(), "decision panicked: spilled coffee")) {
				t.Errorf("the panic was answered with %v", err)
			}
		})
	}
	all.Wait()
}

// Postgres stores a NUL in JSON, but shows no member of an object that has one.
func TestMetadataIsText(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, m := range []eventstore.Metadata{
		{Actor: "a\x00"}, {Command: "\n"}, {Correlation: "x\x00y"}, {TraceParent: "\xff"},
	} {
		_, err := s.writer.Append(t.Context(), eventstore.Commit{Metadata: m, Events: []eventstore.NewEvent{note("s", "1")}})
		require.ErrorIs(t, err, eventstore.ErrInvalidEvent, "%+v", m)
	}
	requireLength(t, s.log, 0)
}
