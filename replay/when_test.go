package replay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/replay"
)

// fourEvents are two at one time, one a second later, one a second after that.
func fourEvents() (memory, time.Time) {
	at := time.Date(2026, 11, 27, 20, 15, 0, 0, time.UTC)
	events := make([]eventstore.Event, 4)
	for i, seconds := range []int{0, 0, 1, 2} {
		events[i] = eventstore.Event{Position: eventstore.Position(i + 1), Stream: "s", RecordedAt: at.Add(time.Duration(seconds) * time.Second)}
	}
	return newMemory(events), at
}

func when(t *testing.T, text string) replay.When {
	t.Helper()
	w, err := replay.ParseWhen(text)
	require.NoError(t, err)
	return w
}

func TestMoments(t *testing.T) {
	t.Parallel()
	log, at := fourEvents()
	for text, want := range map[string]replay.Moment{
		"":                               {Position: 4, At: at.Add(2 * time.Second)},
		"head":                           {Position: 4, At: at.Add(2 * time.Second)},
		"0":                              {},
		"1":                              {Position: 1, At: at},
		"3":                              {Position: 3, At: at.Add(time.Second)},
		"2026-11-27T20:15:00Z":           {Position: 2, At: at},
		"2026-11-27 20:15":               {Position: 2, At: at},
		"2026-11-27T21:15:00+01:00":      {Position: 2, At: at},
		"2026-11-27T20:15:00.999999999Z": {Position: 2, At: at.Add(999999999)},
		"2026-11-27 20:15:01":            {Position: 3, At: at.Add(time.Second)},
		"2026-11-27":                     {At: at.Truncate(24 * time.Hour)},
		"2026-11-28":                     {Position: 4, At: at.Truncate(24 * time.Hour).Add(24 * time.Hour)},
		"1s":                             {Position: 3, At: at.Add(time.Second)},
		"1001ms":                         {Position: 2, At: at.Add(999 * time.Millisecond)},
		"90m":                            {At: at.Add(2*time.Second - 90*time.Minute)},
	} {
		got, err := when(t, text).Moment(t.Context(), log)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	_, err := when(t, "5").Moment(t.Context(), log)
	require.EqualError(t, err, "there is no position 5: the log ends at 4")
	for _, text := range []string{"soon", "-1", "1.5", "-90m", "2026-13-01", "20:15", "９", "1e3"} {
		_, err := replay.ParseWhen(text)
		require.ErrorContains(t, err, "is no moment", text)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	log, _ := fourEvents()
	for name, test := range map[string]struct {
		from, to    string
		after, upTo eventstore.Position
		open        bool
	}{
		"everything":            {"", "", 0, 4, true},
		"positions":             {"2", "3", 1, 3, false},
		"position nought":       {"0", "4", 0, 4, false},
		"first time included":   {"2026-11-27 20:15:00", "", 0, 4, true},
		"last time is not":      {"", "2026-11-27 20:15:01", 0, 2, false},
		"one second":            {"2026-11-27 20:15:01", "2026-11-27 20:15:02", 2, 3, false},
		"the next one":          {"2026-11-27 20:15:02", "2026-11-27 20:15:03", 3, 4, true},
		"nothing yet":           {"2026-11-27", "2026-11-27 20:15", 0, 0, false},
		"between two":           {"2026-11-27T20:15:00.000001Z", "1s", 2, 2, false},
		"an end that has gone":  {"1s", "head", 2, 4, true},
		"an end that will come": {"", "2027-01-01", 0, 4, true},
	} {
		span, err := replay.Range(t.Context(), log, when(t, test.from), when(t, test.to))
		require.NoError(t, err, name)
		require.Equal(t, replay.Span{After: test.after, UpTo: test.upTo, Open: test.open}, span, name)
	}
	_, err := replay.Range(t.Context(), log, when(t, ""), when(t, "5"))
	require.ErrorContains(t, err, "there is no position 5")
}

// Whatever a user types is a moment or a precise error, and a moment lies
// within the log.
func FuzzParseWhen(f *testing.F) {
	for _, seed := range []string{"", "1", "head", "90m", "2026-11-27", "2026-11-27 20:15", "2026-11-27T20:15:00.5+02:00", "9223372036854775807"} {
		f.Add(seed)
	}
	log, _ := fourEvents()
	f.Fuzz(func(t *testing.T, text string) {
		w, err := replay.ParseWhen(text)
		if err != nil {
			require.ErrorContains(t, err, "is no moment")
			return
		}
		m, err := w.Moment(t.Context(), log)
		if err != nil {
			require.ErrorContains(t, err, "the log ends at 4")
			return
		}
		require.LessOrEqual(t, m.Position, eventstore.Position(4))
		_, err = replay.Range(t.Context(), log, w, replay.When{})
		require.NoError(t, err)
	})
}
