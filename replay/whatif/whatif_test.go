package whatif_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/replay/whatif"
)

type memory []eventstore.Event

func (m memory) Select(_ context.Context, s eventstore.Selection, visit func(eventstore.Event) error, _ func(eventstore.Position) error) error {
	for _, e := range m {
		if match, err := s.Match(e); err != nil || !match {
			continue
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

var everything = eventstore.Selection{UpTo: 1 << 60}

func sale(t testing.TB) memory {
	t.Helper()
	s := history.New(8)
	s.Random(3_000)
	return s.Events()
}

func run(t *testing.T, log memory, source whatif.Source) []whatif.Group {
	t.Helper()
	program, err := whatif.Compile(source)
	require.NoError(t, err)
	groups, err := program.Run(t.Context(), log, everything)
	require.NoError(t, err)
	return groups
}

func TestFoldsAgreeWithCounting(t *testing.T) {
	t.Parallel()
	log := sale(t)
	want := map[string]int64{}
	for _, e := range log {
		want[e.Type]++
	}
	groups := run(t, log, whatif.Source{By: "type", On: []whatif.Rule{{"*", "acc + 1"}}})
	require.Len(t, groups, len(want))
	for _, g := range groups {
		require.Equal(t, want[g.Key], g.Events)
		require.EqualValues(t, want[g.Key], g.Value)
	}

	groups = run(t, log, whatif.Source{
		Init: `{"held": 0, "sold": 0}`, Where: `payload.seat > 0`, Result: `acc.held - acc.sold`,
		On: []whatif.Rule{{"seat.held.v1", "{held: acc.held + 1}"}, {"seat.sold.*", "{sold: acc.sold + 1}"}},
	})
	require.Len(t, groups, 1)
	require.EqualValues(t, want["seat.held.v1"]-want["seat.sold.v1"], groups[0].Value)
	require.Equal(t, want["seat.held.v1"]+want["seat.sold.v1"], groups[0].Events)
}

func event(payload string) eventstore.Event {
	return eventstore.Event{
		Position: 7, Stream: "wallet-u", Version: 2, Type: "wallet.charged.v1", Payload: []byte(payload),
		Metadata: []byte(`{"actor":"user:u","command":"charge_wallet","correlation":"c"}`), RecordedAt: time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC),
	}
}

func TestWhatExpressionsSee(t *testing.T) {
	t.Parallel()
	log := memory{event(`{"amount":9007199254740991,"share":0.5,"list":[1,2]}`)}
	for expression, want := range map[string]any{
		"payload.amount": int64(9007199254740991), "payload.share": 0.5, "len(payload.list)": 2, "payload.none == nil": true,
		"stream": "wallet-u", "category": "wallet", "type": "wallet.charged.v1", "position": int64(7), "version": int64(2),
		"actor": "user:u", "command": "charge_wallet", "correlation": "c", "at.Hour()": 8, `at.Format("15h")`: "08h",
		"[acc, 1]": []any{int64(0), 1},
	} {
		require.Equal(t, want, run(t, log, whatif.Source{On: []whatif.Rule{{"wallet.*", expression}}})[0].Value, expression)
	}
}

func TestErrorsPointIntoTheExpression(t *testing.T) {
	t.Parallel()
	rule := []whatif.Rule{{"wallet.*", "acc + 1"}}
	for want, source := range map[string]whatif.Source{
		"by: unknown name payloads (1:1)\n | payloads.id\n | ^":      {By: "payloads.id", On: rule},
		"where: expected bool, but got string":                       {Where: "type", On: rule},
		"result: unknown name payload (1:1)":                         {Result: "payload", On: rule},
		"on wallet.*: unexpected token EOF (1:5)":                    {On: []whatif.Rule{{"wallet.*", "acc +"}}},
		"on wallet.*: the expression is empty":                       {On: []whatif.Rule{{"wallet.*", " "}}},
		"init: {\"a\": is not JSON":                                  {Init: `{"a":`, On: rule},
		"init: 1 2 is not JSON: something follows the value at byte": {Init: `1 2`, On: rule},
		"a fold needs a rule":                                        {},
		"on wallet.*: unknown name now (1:1)":                        {On: []whatif.Rule{{"wallet.*", "now()"}}},
		"on wallet.*: compilation failed: expression exceeds":        {On: []whatif.Rule{{"wallet.*", long()}}},
	} {
		_, err := whatif.Compile(source)
		require.ErrorContains(t, err, want)
	}
	for want, expression := range map[string]string{
		"on wallet.*, at position 7 (wallet.charged.v1 of wallet-u): interface conversion": `payload.amount + payload.name + 1`,
		"at position 7 (wallet.charged.v1 of wallet-u): memory budget exceeded":            `map(1..10000000, #)`,
		"at position 7 (wallet.charged.v1 of wallet-u): cannot fetch x from":               `acc.x`,
	} {
		program, err := whatif.Compile(whatif.Source{On: []whatif.Rule{{"wallet.*", expression}}})
		require.NoError(t, err)
		_, err = program.Run(t.Context(), memory{event(`{"amount":1,"name":"n"}`)}, everything)
		require.ErrorContains(t, err, "at position 7", want)
		require.ErrorContains(t, err, "(1:", want)
	}
	program, err := whatif.Compile(whatif.Source{On: rule})
	require.NoError(t, err)
	_, err = program.Run(t.Context(), memory{event(`[1]`)}, everything)
	require.ErrorContains(t, err, "payload of position 7 (wallet.charged.v1): it is not an object")
}

func long() string {
	text := "acc"
	for range 3_000 {
		text += " + 1"
	}
	return text
}

func TestFoldsAreBounded(t *testing.T) {
	t.Parallel()
	log := make(memory, 200)
	for i := range log {
		log[i] = event(fmt.Sprintf(`{"id":%d}`, i))
		log[i].Position = eventstore.Position(i + 1)
	}
	for want, source := range map[string]whatif.Source{
		"more than 100 groups":                  {By: "payload.id", On: []whatif.Rule{{"*", "acc + 1"}}},
		"the accumulators hold more than 0 MiB": {Init: "[]", On: []whatif.Rule{{"*", "concat(acc, [payload])"}}},
	} {
		program, err := whatif.Compile(source)
		require.NoError(t, err)
		whatif.Limit(program, 100, 10_000)
		_, err = program.Run(t.Context(), log, everything)
		require.ErrorContains(t, err, want)
	}
}

var errLate = errors.New("too late")

// Even an expression that would run for hours is left when the time is up.
func TestATimeoutEndsAnExpression(t *testing.T) {
	t.Parallel()
	elements := ""
	for i := range 400 {
		elements += fmt.Sprintf("%d,", i)
	}
	log := memory{event(`{"list":[` + elements + `0]}`)}
	program, err := whatif.Compile(whatif.Source{On: []whatif.Rule{{
		"*", "all(payload.list, {all(payload.list, {all(payload.list, {true})})})",
	}}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLate)
	_, err = program.Run(ctx, log, everything)
	require.ErrorIs(t, err, errLate)
}

// An accumulator is never changed in place: groups begin alike.
func TestGroupsShareNothing(t *testing.T) {
	t.Parallel()
	log := memory{event(`{"id":1}`), event(`{"id":2}`), event(`{"id":1}`)}
	groups := run(t, log, whatif.Source{By: "payload.id", Init: `{"n":0,"kept":true}`, On: []whatif.Rule{{"*", "{n: acc.n + 1}"}}})
	require.Equal(t, map[string]any{"n": 2, "kept": true}, groups[0].Value)
	require.Equal(t, map[string]any{"n": 1, "kept": true}, groups[1].Value)
}

// Whatever a user writes compiles or is an error, and runs or is an error.
func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{"acc + 1", "{n: acc}", "payload.amount > 3 ? 1 : 2", "let x = 1; x", "at.Format(type)", "map(payload.list, # * 2)", "acc..3"} {
		f.Add(seed, `{"amount":1,"list":[1,"a",null]}`)
	}
	f.Fuzz(func(t *testing.T, expression, payload string) {
		program, err := whatif.Compile(whatif.Source{Init: payload, By: expression, On: []whatif.Rule{{"*", expression}}, Result: expression})
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = program.Run(ctx, memory{event(payload)}, everything)
	})
}
