package performance_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/performance"
)

const (
	instant = time.Microsecond // the resolution of the store's clock
	another = domain.ConcertID("018f4e9a-0001-7000-8000-00000000c0c1")
)

var (
	starts    = time.Date(2027, time.May, 1, 18, 0, 0, 0, time.UTC)
	scheduled = performance.Scheduled{
		PerformanceID: codectest.PerformanceID, ConcertID: codectest.ConcertID, StartsAt: starts,
		TimeZone: "Europe/Berlin", Date: "2027-05-01", Seats: performance.Seats{Count: 50, Price: 4500},
	}
	standing = performance.State{}.Evolve(scheduled, starts.AddDate(0, -1, 0))
)

func TestEvolve(t *testing.T) {
	t.Parallel()
	require.Equal(t, performance.State{
		ID: codectest.PerformanceID, ConcertID: codectest.ConcertID, StartsAt: starts, Date: "2027-05-01",
		Seats: performance.Seats{Count: 50, Price: 4500},
	}, standing)
}

func TestOffer(t *testing.T) {
	t.Parallel()
	before := starts.Add(-instant)
	for name, test := range map[string]struct {
		state   performance.State
		now     time.Time
		concert domain.ConcertID
		numbers []int
		code    domain.Code
		named   []int
	}{
		"the first seat":             {standing, before, codectest.ConcertID, []int{1}, "", nil},
		"the last seat":              {standing, before, codectest.ConcertID, []int{50}, "", nil},
		"without an admission":       {standing, before, "", []int{1, 50}, "", nil},
		"seat 0":                     {standing, before, "", []int{0}, domain.CodeSeatNotFound, []int{0}},
		"a negative seat":            {standing, before, "", []int{-7}, domain.CodeSeatNotFound, []int{-7}},
		"one past the last":          {standing, before, "", []int{51}, domain.CodeSeatNotFound, []int{51}},
		"all that are not there":     {standing, before, "", []int{-1, 0, 1, 50, 51, math.MaxInt}, domain.CodeSeatNotFound, []int{-1, 0, 51, math.MaxInt}},
		"no such performance":        {performance.State{}, before, "", []int{1}, domain.CodePerformanceNotFound, nil},
		"of another concert":         {standing, before, another, []int{1}, domain.CodePerformanceNotFound, nil},
		"of another, no such seat":   {standing, before, another, []int{0}, domain.CodePerformanceNotFound, nil},
		"at the start":               {standing, starts, "", []int{1, 2}, domain.CodeSeatUnavailable, []int{1, 2}},
		"after the start":            {standing, starts.Add(time.Hour), "", []int{50}, domain.CodeSeatUnavailable, []int{50}},
		"after the start, no such":   {standing, starts, "", []int{51}, domain.CodeSeatNotFound, []int{51}},
		"after the start of another": {standing, starts, another, []int{1}, domain.CodePerformanceNotFound, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.state.Offer(test.now, test.concert, test.numbers)
			if test.code == "" {
				require.NoError(t, err)
				return
			}
			var refusal *domain.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, test.code, refusal.Code)
			require.Equal(t, test.named, refusal.Seats)
		})
	}
}

func TestAPerformanceOfAnotherConcertLooksLikeNone(t *testing.T) {
	t.Parallel()
	require.Equal(t,
		performance.State{}.Offer(starts, another, []int{1}),
		standing.Offer(starts, another, []int{1}))
}

func TestWindowEndsWithTheStart(t *testing.T) {
	t.Parallel()
	from, until := standing.Window(starts.Add(-instant))
	require.True(t, from.IsZero())
	require.Equal(t, starts, until)
	from, until = standing.Window(starts)
	require.Equal(t, starts, from)
	require.True(t, until.IsZero())
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "performance-018f4e9a-0002-7000-8000-00000000b0b0", performance.Stream(codectest.PerformanceID))
}
