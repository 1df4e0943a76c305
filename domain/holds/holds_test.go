package holds_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/holds"
)

var noon = time.Date(2027, time.April, 1, 12, 0, 0, 0, time.UTC)

func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func hold(id domain.ReservationID, seats, endsAfter int) holds.Hold {
	return holds.Hold{ReservationID: id, Seats: seats, Ends: after(endsAfter)}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	const limit = 16
	two := holds.State{}.Open(hold("a", 8, 5), noon).Open(hold("b", 4, 6), after(1))
	for name, test := range map[string]struct {
		state   holds.State
		now     time.Time
		more    int
		allowed bool
	}{
		"the first seat":               {holds.State{}, noon, 1, true},
		"up to the limit":              {two, after(1), 4, true},
		"one past the limit":           {two, after(1), 5, false},
		"past the limit at once":       {holds.State{}, noon, limit + 1, false},
		"the instant before an end":    {two, after(5).Add(-time.Microsecond), 5, false},
		"at the end of one":            {two, after(5), 12, true},
		"at the end of one, too many":  {two, after(5), 13, false},
		"at the end of both":           {two, after(6), 16, true},
		"after one was closed":         {two.Close("a", after(2)), after(2), 12, true},
		"after an unknown was closed":  {two.Close("x", after(2)), after(2), 5, false},
		"after one was closed again":   {two.Close("a", after(2)).Close("a", after(3)), after(3), 13, false},
		"closing what the clock ended": {two.Close("a", after(5)), after(5), 12, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.state.Allow(test.now, test.more, limit)
			if test.allowed {
				require.NoError(t, err)
				return
			}
			require.Equal(t, domain.CodeLimitExceeded, domain.CodeOf(err))
		})
	}
}

func TestTheRefusalSaysHowManyAreHeld(t *testing.T) {
	t.Parallel()
	err := holds.State{}.Open(hold("a", 8, 5), noon).Allow(noon, 3, 10)
	require.ErrorContains(t, err, "You hold 8 seats and asked for 3 more; at most 10 may be held at a time.")
}

func TestStatesAreNotSharedByWhatFollowsThem(t *testing.T) {
	t.Parallel()
	base := holds.State{}.Open(hold("a", 1, 5), noon)
	left := base.Open(hold("b", 2, 5), noon)
	right := base.Open(hold("c", 4, 5), noon)
	require.Equal(t, 1, base.Seats(noon))
	require.Equal(t, 3, left.Seats(noon))
	require.Equal(t, 5, right.Seats(noon))
	require.Equal(t, 2, left.Close("a", noon).Seats(noon))
	require.Equal(t, 3, left.Seats(noon))
}

// A user's state stays as small as what the user holds, however long it lives.
func TestEndedHoldsAreForgotten(t *testing.T) {
	t.Parallel()
	var s holds.State
	for minute := range 100 {
		s = s.Open(hold("a", 1, minute+1), after(minute))
	}
	require.Equal(t, holds.State{}.Open(hold("a", 1, 100), after(99)), s)
	require.Equal(t, holds.State{}.Close("x", after(0)), s.Close("x", after(100)))
}

func TestTag(t *testing.T) {
	t.Parallel()
	require.Equal(t, "holds-018f4e9a-0004-7000-8000-00000000e0e0",
		holds.Tag("018f4e9a-0004-7000-8000-00000000e0e0"))
}

// Within the window around a moment the count of seats does not change, and it
// always is the count of a list that nothing was ever dropped from.
func TestWindowAndCountAgreeWithAPlainList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s holds.State
		var plain []holds.Hold
		now := 0
		count := func(at time.Time) (seats int) {
			for _, h := range plain {
				if at.Before(h.Ends) {
					seats += h.Seats
				}
			}
			return seats
		}
		for i := range rapid.IntRange(1, 20).Draw(t, "steps") {
			now += rapid.IntRange(0, 3).Draw(t, "minutes")
			if len(plain) == 0 || rapid.Bool().Draw(t, "open") {
				h := hold(domain.ReservationID(fmt.Sprint(i)), rapid.IntRange(1, 8).Draw(t, "seats"),
					now+rapid.IntRange(1, 5).Draw(t, "length"))
				s, plain = s.Open(h, after(now)), append(plain, h)
			} else {
				at := rapid.IntRange(0, len(plain)-1).Draw(t, "which")
				s = s.Close(plain[at].ReservationID, after(now))
				plain = append(plain[:at:at], plain[at+1:]...)
			}
			from, until := s.Window(after(now))
			for minute := now; minute < now+8; minute++ {
				at := after(minute)
				if s.Seats(at) != count(at) {
					t.Fatalf("%d seats at %v, want %d", s.Seats(at), at, count(at))
				}
				within := !at.Before(from) && (until.IsZero() || at.Before(until))
				if within && s.Seats(at) != s.Seats(after(now)) {
					t.Fatalf("the count changed within the window at %v", at)
				}
			}
		}
	})
}
