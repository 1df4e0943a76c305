package reservation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/reservation"
)

const (
	length   = 5 * time.Minute
	instant  = time.Microsecond // the resolution of the store's clock
	stranger = domain.UserID("018f4e9a-0004-7000-8000-00000000e0e1")
)

var (
	noon = time.Date(2027, time.April, 1, 18, 0, 0, 123_456_000, time.UTC)
	ends = noon.Add(length)

	held = reservation.Held{
		ReservationID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
		PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7, 8},
		Price: 9000, HoldMs: length.Milliseconds(),
	}
	confirmed = reservation.Confirmed{
		ReservationID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
		PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7, 8},
		PaymentID: codectest.PaymentID, Amount: 9000, Balance: 1000, AdmissionID: codectest.AdmissionID,
	}
)

// given folds events that were all recorded at noon.
func given(events ...reservation.Event) reservation.State {
	var s reservation.State
	for _, e := range events {
		s = s.Evolve(e, noon)
	}
	return s
}

func TestEvolve(t *testing.T) {
	t.Parallel()
	standing := reservation.State{
		Status: reservation.StatusHeld, ID: codectest.ReservationID, UserID: codectest.UserID,
		ConcertID: codectest.ConcertID, PerformanceID: codectest.PerformanceID, Date: "2027-05-01",
		Seats: []int{7, 8}, Price: 9000, Ends: ends,
	}
	require.Equal(t, standing, given(held))

	want := standing
	want.Status, want.PaymentID = reservation.StatusConfirmed, codectest.PaymentID
	require.Equal(t, want, given(held, confirmed))

	want = standing
	want.Status = reservation.StatusCancelled
	require.Equal(t, want, given(held, reservation.Cancelled(ended)))

	want.Status = reservation.StatusExpired
	require.Equal(t, want, given(held, reservation.Expired(ended)))
}

func TestOwnedBy(t *testing.T) {
	t.Parallel()
	require.NoError(t, given(held).OwnedBy(codectest.UserID))

	notTheirs := given(held).OwnedBy(stranger)
	require.Equal(t, domain.CodeReservationNotFound, domain.CodeOf(notTheirs))
	require.Equal(t, given().OwnedBy(stranger), notTheirs, "somebody else's looks exactly like none")
	require.Equal(t, domain.CodeReservationNotFound, domain.CodeOf(given().OwnedBy("")))
}

// What a live hold allows, and what everything else refuses, is the same for
// paying and cancelling.
func TestHowAHoldEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state  reservation.State
		now    time.Time
		live   domain.Code // the refusal of Confirm and Cancel
		expire domain.Code // the refusal of Expire
	}{
		"just held":              {given(held), noon, "", domain.CodeConflict},
		"the instant before":     {given(held), ends.Add(-instant), "", domain.CodeConflict},
		"at the end":             {given(held), ends, domain.CodeHoldExpired, ""},
		"the instant after":      {given(held), ends.Add(instant), domain.CodeHoldExpired, ""},
		"a day after":            {given(held), ends.Add(24 * time.Hour), domain.CodeHoldExpired, ""},
		"confirmed":              {given(held, confirmed), noon, domain.CodeAlreadyConfirmed, domain.CodeAlreadyConfirmed},
		"confirmed, a day after": {given(held, confirmed), ends.Add(24 * time.Hour), domain.CodeAlreadyConfirmed, domain.CodeAlreadyConfirmed},
		"cancelled":              {given(held, reservation.Cancelled(ended)), noon, domain.CodeAlreadyCancelled, domain.CodeAlreadyCancelled},
		"cancelled, after":       {given(held, reservation.Cancelled(ended)), ends, domain.CodeAlreadyCancelled, domain.CodeAlreadyCancelled},
		"expired":                {given(held, reservation.Expired(ended)), ends, domain.CodeHoldExpired, domain.CodeHoldExpired},
		"none":                   {given(), noon, domain.CodeReservationNotFound, domain.CodeReservationNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.live, domain.CodeOf(test.state.Live(test.now)))

			paid, err := test.state.Confirm(test.now, reservation.Payment{
				ID: codectest.PaymentID, Balance: 1000, AdmissionID: codectest.AdmissionID,
			})
			require.Equal(t, test.live, domain.CodeOf(err))
			if err == nil {
				require.Equal(t, confirmed, paid)
			}

			cancelled, err := test.state.Cancel(test.now)
			require.Equal(t, test.live, domain.CodeOf(err))
			if err == nil {
				require.Equal(t, reservation.Cancelled(ended), cancelled)
			}

			expired, err := test.state.Expire(test.now)
			require.Equal(t, test.expire, domain.CodeOf(err))
			if err == nil {
				require.Equal(t, reservation.Expired(ended), expired)
			}
		})
	}
}

func TestTheRefusalOfAnEndedHoldSaysWhen(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, given(held).Live(ends), "2027-04-01T18:05:00.123456Z")
}

func TestWindowEndsWithTheHold(t *testing.T) {
	t.Parallel()
	from, until := given(held).Window(noon)
	require.True(t, from.IsZero())
	require.Equal(t, ends, until)

	from, until = given(held).Window(ends)
	require.Equal(t, ends, from)
	require.True(t, until.IsZero())

	for _, e := range []reservation.Event{confirmed, reservation.Cancelled(ended), reservation.Expired(ended)} {
		from, until = given(held, e).Window(noon)
		require.True(t, from.IsZero() && until.IsZero(), e.Type())
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "reservation-018f4e9a-0003-7000-8000-00000000a0a0", reservation.Stream(codectest.ReservationID))
}
