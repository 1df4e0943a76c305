package replay_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/replay"
)

// A state at any position is the fold of the events of its stream up to there.
func TestSnapshotIsTheFoldOfThePrefix(t *testing.T) {
	t.Parallel()
	past, events := past(t, 3, 1_500)
	rapid.Check(t, func(rt *rapid.T) {
		stream := rapid.SampledFrom(events).Draw(rt, "event").Stream
		at := eventstore.Position(rapid.IntRange(0, len(events)).Draw(rt, "position"))
		var want domain.State
		var version eventstore.Version
		for _, e := range events[:at] {
			if e.Stream != stream {
				continue
			}
			var err error
			want, err = command.Model().Fold(want, e)
			require.NoError(rt, err)
			version++
		}
		got, err := past.Snapshot(t.Context(), stream, replay.Moment{Position: at, At: events[max(at, 1)-1].RecordedAt})
		require.NoError(rt, err)
		require.Equal(rt, want, got.State)
		require.Equal(rt, version, got.Version)
		fields, err := got.Fields()
		if want == nil {
			require.ErrorIs(rt, err, replay.ErrNothing)
			return
		}
		require.NoError(rt, err)
		require.NotEmpty(rt, fields)
	})
}

// plainSeat is a seat as a reader of the wire would follow it, without the
// domain.
type plainSeat struct {
	status string
	owner  domain.ReservationID
	ends   time.Time
}

// The seat map at every moment is what the events say, and a hold whose end has
// passed is free, recorded or not.
func TestSeatMapAtEveryPosition(t *testing.T) {
	t.Parallel()
	past, events := past(t, 9, 700)
	performances := streamsOf(events, "performance")
	for _, name := range performances {
		id := domain.PerformanceID(strings.TrimPrefix(name, "performance-"))
		seats := map[int]plainSeat{}
		scheduled := false
		for _, e := range events {
			scheduled = scheduled || e.Stream == name
			if rest, of := strings.CutPrefix(e.Stream, "seat-"+string(id)+"-"); of {
				number, err := strconv.Atoi(rest)
				require.NoError(t, err)
				seats[number] = follow(t, e)
			}
			for _, at := range []time.Time{e.RecordedAt, e.RecordedAt.Add(4 * time.Minute), e.RecordedAt.Add(time.Hour)} {
				got, err := past.SeatMap(t.Context(), id, replay.Moment{Position: e.Position, At: at})
				if !scheduled {
					require.ErrorIs(t, err, replay.ErrNothing)
					continue
				}
				require.NoError(t, err)
				var want replay.Totals
				for _, s := range got.Seats {
					plain := seats[s.Number]
					switch {
					case plain.status == "sold":
						want.Sold++
						require.Equal(t, replay.Sold, s.Status)
						require.Equal(t, plain.owner, s.ReservationID)
					case plain.status == "held" && at.Before(plain.ends):
						want.Held++
						require.Equal(t, replay.Held, s.Status)
						require.Equal(t, plain.ends, *s.HeldUntil)
						require.Equal(t, plain.owner, s.ReservationID)
					default:
						want.Available++
						require.Equal(t, replay.Seat{Number: s.Number, Status: replay.Available}, s)
					}
				}
				require.Equal(t, want, got.Totals())
			}
			if e.Position > 260 {
				break
			}
		}
	}
}

func follow(t *testing.T, e eventstore.Event) plainSeat {
	t.Helper()
	fact, err := replay.Decode(e)
	require.NoError(t, err)
	switch f := fact.(type) {
	case seat.Held:
		return plainSeat{"held", f.ReservationID, e.RecordedAt.Add(time.Duration(f.HoldMs) * time.Millisecond)}
	case seat.Sold:
		return plainSeat{status: "sold", owner: f.ReservationID}
	}
	return plainSeat{}
}

// What differs between two moments is what the two maps differ in.
func TestDiffsAreDifferences(t *testing.T) {
	t.Parallel()
	past, events := past(t, 4, 1_200)
	performances := streamsOf(events, "performance")
	rapid.Check(t, func(rt *rapid.T) {
		positions := []int{rapid.IntRange(0, len(events)).Draw(rt, "a"), rapid.IntRange(0, len(events)).Draw(rt, "b")}
		moments := make([]replay.Moment, 2)
		for i, p := range []int{min(positions[0], positions[1]), max(positions[0], positions[1])} {
			moments[i] = replay.Moment{Position: eventstore.Position(p), At: events[max(p, 1)-1].RecordedAt}
		}
		id := domain.PerformanceID(strings.TrimPrefix(rapid.SampledFrom(performances).Draw(rt, "performance"), "performance-"))
		after, err := past.SeatMap(t.Context(), id, moments[1])
		if errors.Is(err, replay.ErrNothing) {
			return
		}
		require.NoError(rt, err)
		before, _ := past.SeatMap(t.Context(), id, moments[0])
		changed, totals, err := past.DiffSeats(t.Context(), id, moments[0], moments[1])
		require.NoError(rt, err)
		require.Equal(rt, [2]replay.Totals{before.Totals(), after.Totals()}, totals)
		differs := map[int]bool{}
		for _, c := range changed {
			differs[c.Number] = true
		}
		for i, now := range after.Seats {
			was := replay.Seat{Number: now.Number}
			if len(before.Seats) > 0 {
				was = before.Seats[i]
			}
			same := was.Status == now.Status && was.ReservationID == now.ReservationID
			if !same {
				require.True(rt, differs[now.Number], "seat %d", now.Number)
			}
		}
		all, err := past.DiffLog(t.Context(), moments[0], moments[1])
		require.NoError(rt, err)
		var counted eventstore.Position
		for _, c := range all.Types {
			counted += eventstore.Position(c.Events)
		}
		require.Equal(rt, moments[1].Position-moments[0].Position, counted)
	})
}

// Every event type has words of its own, and none of them is lost for words.
func TestEveryEventHasASentence(t *testing.T) {
	t.Parallel()
	_, events := past(t, 1, 20_000)
	seen := map[string]bool{}
	for _, e := range events {
		sentence, err := replay.Sentence(e)
		require.NoError(t, err)
		require.NotContains(t, sentence, "%!")
		require.NotContains(t, sentence, "\n")
		require.True(t, strings.HasSuffix(sentence, "."), sentence)
		seen[e.Type] = true
	}
	require.Len(t, seen, 13)
	gone, err := replay.Sentence(eventstore.Event{Stream: "user-u", Type: "user.forgotten.v1", Payload: []byte(`{"userId":"u","salt":"s"}`)})
	require.NoError(t, err)
	require.Equal(t, "User u was forgotten.", gone)
	_, err = replay.Sentence(eventstore.Event{Position: 7, Stream: "seat-x-1", Version: 3, Type: "seat.moved.v1"})
	require.EqualError(t, err, `position 7, stream seat-x-1 at version 3: unknown event type "seat.moved.v1"`)
	_, err = replay.Sentence(eventstore.Event{Stream: "x", Type: "y"})
	require.ErrorContains(t, err, "unknown event type")
}

func TestStreamsAreFoundByTheirIds(t *testing.T) {
	t.Parallel()
	past, events := past(t, 5, 800)
	for _, category := range []string{"concert", "performance", "reservation", "wallet", "admission"} {
		stream := streamsOf(events, category)[0]
		for _, name := range []string{stream, strings.TrimPrefix(stream, category+"-")} {
			found, err := past.Stream(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, stream, found)
		}
	}
	_, err := past.Stream(t.Context(), "seat-*")
	require.ErrorContains(t, err, "ambiguous")
	_, err = past.Stream(t.Context(), "nothing")
	require.ErrorIs(t, err, replay.ErrNothing)
}
