package seat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

const (
	length  = 5 * time.Minute
	instant = time.Microsecond // the resolution of the store's clock
	mine    = codectest.ReservationID
	theirs  = domain.ReservationID("018f4e9a-0003-7000-8000-00000000a0a1")
)

var (
	noon = time.Date(2027, time.April, 1, 12, 0, 0, 0, time.UTC)
	ends = noon.Add(length)
)

func held(by domain.ReservationID) seat.Held {
	return seat.Held{
		PerformanceID: codectest.PerformanceID, Seat: 7, ReservationID: by,
		UserID: codectest.UserID, Price: 4500, HoldMs: length.Milliseconds(),
	}
}

func released(by domain.ReservationID) seat.Released {
	return seat.Released{
		PerformanceID: codectest.PerformanceID, Seat: 7, ReservationID: by, Reason: seat.ReasonCancelled,
	}
}

func sold(to domain.ReservationID) seat.Sold {
	return seat.Sold{
		PerformanceID: codectest.PerformanceID, Seat: 7, ReservationID: to,
		UserID: codectest.UserID, PaymentID: codectest.PaymentID, Price: 4500,
	}
}

// given folds events that were all recorded at noon.
func given(events ...seat.Event) seat.State {
	var s seat.State
	for _, e := range events {
		s = s.Evolve(e, noon)
	}
	return s
}

func TestAvailable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state seat.State
		now   time.Time
		want  bool
	}{
		"never held":                     {given(), noon, true},
		"just held":                      {given(held(mine)), noon, false},
		"held, the instant before":       {given(held(mine)), ends.Add(-instant), false},
		"held, at the end":               {given(held(mine)), ends, true},
		"held, after the end":            {given(held(mine)), ends.Add(time.Hour), true},
		"released":                       {given(held(mine), released(mine)), noon, true},
		"held again":                     {given(held(mine), released(mine), held(theirs)), noon, false},
		"sold":                           {given(held(mine), sold(mine)), noon, false},
		"sold, long after the hold":      {given(held(mine), sold(mine)), ends.Add(time.Hour), false},
		"taken over without a release":   {given(held(mine)).Evolve(held(theirs), ends), ends, false},
		"taken over, and that one ended": {given(held(mine)).Evolve(held(theirs), ends), ends.Add(length), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, test.state.Available(test.now))
		})
	}
}

func TestTheLatestEventAloneIsTheState(t *testing.T) {
	t.Parallel()
	for name, history := range map[string][]seat.Event{
		"held":     {held(theirs), released(theirs), held(mine)},
		"released": {held(theirs), held(mine), released(mine)},
		"sold":     {held(mine), sold(mine)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, given(history[len(history)-1]), given(history...))
		})
	}
}

func TestWindowEndsWithTheHold(t *testing.T) {
	t.Parallel()
	from, until := given(held(mine)).Window(noon)
	require.True(t, from.IsZero())
	require.Equal(t, ends, until)

	from, until = given(held(mine)).Window(ends)
	require.Equal(t, ends, from)
	require.True(t, until.IsZero())

	for name, s := range map[string]seat.State{"available": given(), "sold": given(held(mine), sold(mine))} {
		from, until = s.Window(noon)
		require.True(t, from.IsZero() && until.IsZero(), name)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	claim := seat.Claim{
		PerformanceID: codectest.PerformanceID, ReservationID: mine, UserID: codectest.UserID, Price: 4500, Length: length,
	}
	free, taken, gone := given(), given(held(theirs)), given(held(theirs), sold(theirs))
	own := given(held(mine))

	for name, test := range map[string]struct {
		numbers []int
		states  []seat.State
		now     time.Time
		taken   []int
	}{
		"one free seat":              {[]int{7}, []seat.State{free}, noon, nil},
		"several free seats":         {[]int{7, 8, 9}, []seat.State{free, free, free}, noon, nil},
		"a held seat":                {[]int{7}, []seat.State{taken}, noon, []int{7}},
		"a held seat at its end":     {[]int{7}, []seat.State{taken}, ends, nil},
		"a held seat before its end": {[]int{7}, []seat.State{taken}, ends.Add(-instant), []int{7}},
		"a sold seat":                {[]int{7}, []seat.State{gone}, ends, []int{7}},
		"the claimant's own seat":    {[]int{7}, []seat.State{own}, noon, []int{7}},
		"all or none":                {[]int{7, 8, 9}, []seat.State{free, taken, free}, noon, []int{8}},
		"names every taken seat":     {[]int{7, 8, 9}, []seat.State{gone, free, taken}, noon, []int{7, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := seat.Hold(test.now, claim, test.numbers, test.states)
			if test.taken != nil {
				require.Equal(t, domain.CodeSeatUnavailable, domain.CodeOf(err))
				var refusal *domain.Error
				require.ErrorAs(t, err, &refusal)
				require.Equal(t, test.taken, refusal.Seats)
				require.Empty(t, got)
				return
			}
			require.NoError(t, err)
			require.Len(t, got, len(test.numbers))
			for i, e := range got {
				want := held(mine)
				want.Seat = test.numbers[i]
				require.Equal(t, want, e)
			}
		})
	}
}

func TestSell(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state seat.State
		now   time.Time
		fault bool
	}{
		"held by the reservation":         {given(held(mine)), noon, false},
		"the instant before the end":      {given(held(mine)), ends.Add(-instant), false},
		"at the end":                      {given(held(mine)), ends, true},
		"held by another":                 {given(held(theirs)), noon, true},
		"available":                       {given(), noon, true},
		"released":                        {given(held(mine), released(mine)), noon, true},
		"sold to the reservation already": {given(held(mine), sold(mine)), noon, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.state.Sell(test.now, codectest.PerformanceID, 7, mine, codectest.PaymentID)
			if test.fault {
				require.Error(t, err)
				require.Empty(t, domain.CodeOf(err), "a fault, not a refusal")
				return
			}
			require.NoError(t, err)
			require.Equal(t, sold(mine), got)
		})
	}
}

func TestSoldAtThePriceThatWasHeld(t *testing.T) {
	t.Parallel()
	cheap := held(mine)
	cheap.Price = 1
	got, err := given(cheap).Sell(noon, codectest.PerformanceID, 7, mine, codectest.PaymentID)
	require.NoError(t, err)
	require.Equal(t, domain.Money(1), got.Price)
}

func TestRelease(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state seat.State
		want  bool
	}{
		"held by the reservation": {given(held(mine)), true},
		"held by another since":   {given(held(mine)).Evolve(held(theirs), ends), false},
		"released before":         {given(held(mine), released(mine)), false},
		"sold":                    {given(held(mine), sold(mine)), false},
		"sold to another":         {given(held(mine), held(theirs), sold(theirs)), false},
		"never held":              {given(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := test.state.Release(codectest.PerformanceID, 7, mine, seat.ReasonCancelled)
			require.Equal(t, test.want, ok)
			if ok {
				require.Equal(t, released(mine), got)
			}
		})
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "seat-018f4e9a-0002-7000-8000-00000000b0b0-100000", seat.Stream(codectest.PerformanceID, 100_000))
}
