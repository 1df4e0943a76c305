package command

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
)

const seatsPlayedWith = 4

// sale is a small hall in which two users hold, pay, cancel and let expire,
// and beside it what must be true, kept in the plainest way there is.
type sale struct {
	*scenario
	holds   []plainHold
	balance map[domain.UserID]domain.Money
}

type plainHold struct {
	id    domain.ReservationID
	user  domain.UserID
	seats []int
	ends  time.Time
	ended string // confirmed, cancelled or expired, "" if nothing is recorded
}

func (h plainHold) live(now time.Time) bool { return h.ended == "" && now.Before(h.ends) }

// owner returns the hold that has a right to the seat.
func (s *sale) owner(number int) (plainHold, bool) {
	for _, h := range s.holds {
		for _, n := range h.seats {
			if n == number && (h.ended == "confirmed" || h.live(s.log.now)) {
				return h, true
			}
		}
	}
	return plainHold{}, false
}

func (s *sale) liveSeats(user domain.UserID) (seats int) {
	for _, h := range s.holds {
		if h.user == user && h.live(s.log.now) {
			seats += len(h.seats)
		}
	}
	return seats
}

func drawUser(t *rapid.T) domain.UserID {
	return rapid.SampledFrom([]domain.UserID{ann, bob}).Draw(t, "user")
}

func (s *sale) tick(t *rapid.T) {
	s.log.now = s.log.now.Add(rapid.SampledFrom([]time.Duration{instant, time.Minute, holdTime - instant, holdTime}).Draw(t, "tick"))
}

func (s *sale) hold(t *rapid.T) {
	user := drawUser(t)
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(1, seatsPlayedWith), 1, seatsPlayedWith, rapid.ID[int]).Draw(t, "seats")
	var want domain.Code
	if s.liveSeats(user)+len(numbers) > s.unit.settings.MaxLiveHolds {
		want = domain.CodeLimitExceeded
	}
	for _, n := range numbers {
		if _, taken := s.owner(n); taken {
			want = domain.CodeSeatUnavailable
		}
	}
	got, err := s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{UserID: user, PerformanceID: thePerformance, Seats: numbers})
	require.Equal(t, want, domain.CodeOf(err))
	if err == nil {
		s.holds = append(s.holds, plainHold{
			id: got.Answer.ReservationID, user: user, seats: got.Answer.Seats, ends: s.log.now.Add(holdTime),
		})
	}
}

func (s *sale) charge(t *rapid.T) {
	user := drawUser(t)
	amount := domain.Money(rapid.IntRange(1, 40_000).Draw(t, "amount"))
	_, err := s.unit.ChargeWallet(ctx, Envelope{}, ChargeWallet{UserID: user, Amount: amount})
	require.Equal(t, s.balance[user]+amount <= s.unit.settings.MaxBalance, err == nil)
	if err == nil {
		s.balance[user] += amount
	}
}

// ending returns the refusal that an attempt to end a hold must meet, if the
// attempt is one that needs the hold to run.
func (s *sale) ending(h plainHold) domain.Code {
	switch {
	case h.ended == "confirmed":
		return domain.CodeAlreadyConfirmed
	case h.ended == "cancelled":
		return domain.CodeAlreadyCancelled
	case !h.live(s.log.now):
		return domain.CodeHoldExpired
	}
	return ""
}

func (s *sale) draw(t *rapid.T) *plainHold {
	if len(s.holds) == 0 {
		t.Skip("nothing is held")
	}
	return &s.holds[rapid.IntRange(0, len(s.holds)-1).Draw(t, "hold")]
}

func (s *sale) pay(t *rapid.T) {
	h := s.draw(t)
	want, cost := s.ending(*h), price*domain.Money(len(h.seats))
	if want == "" && s.balance[h.user] < cost {
		want = domain.CodeInsufficientBalance
	}
	got, err := s.unit.Pay(ctx, Envelope{}, Pay{UserID: h.user, ReservationID: h.id})
	require.Equal(t, want, domain.CodeOf(err), "%v", err)
	if err == nil {
		h.ended = "confirmed"
		s.balance[h.user] -= cost
		require.Equal(t, s.balance[h.user], got.Answer.Balance)
		require.True(t, got.Answer.PaidAt.Before(h.ends), "no payment at or after the end")
	}
}

func (s *sale) cancel(t *rapid.T) {
	h := s.draw(t)
	want := s.ending(*h)
	_, err := s.unit.CancelReservation(ctx, Envelope{}, CancelReservation{UserID: h.user, ReservationID: h.id})
	require.Equal(t, want, domain.CodeOf(err))
	if err == nil {
		h.ended = "cancelled"
	}
}

func (s *sale) expire(t *rapid.T) {
	h := s.draw(t)
	want := s.ending(*h)
	switch {
	case want == "":
		want = domain.CodeConflict
	case h.ended == "":
		want = ""
	}
	_, err := s.unit.ExpireReservation(ctx, Envelope{}, ExpireReservation{ReservationID: h.id})
	require.Equal(t, want, domain.CodeOf(err))
	if err == nil {
		h.ended = "expired"
	}
}

// check compares the states of the log with the plain record.
func (s *sale) check(t *rapid.T) {
	for n := 1; n <= seatsPlayedWith; n++ {
		state, err := stateAs[seat.State](s.log.streams[seat.Stream(thePerformance, n)])
		require.NoError(t, err)
		owner, taken := s.owner(n)
		require.Equal(t, taken, !state.Available(s.log.now), "seat %d", n)
		if taken {
			require.Equal(t, owner.id, state.ReservationID, "seat %d", n)
			require.Equal(t, owner.ended == "confirmed", state.Status == seat.StatusSold, "seat %d", n)
		}
	}
	ends := map[string]int{}
	for _, e := range s.log.events {
		if category(e.Stream) == reservation.Category && e.Type != reservation.TypeHeld {
			ends[e.Stream]++
		}
	}
	for _, h := range s.holds {
		want := 1
		if h.ended == "" {
			want = 0
		}
		require.Equal(t, want, ends[reservation.Stream(h.id)], "a hold ends once")
	}
}

// A hold ends exactly once: by a payment before its end, by a cancellation
// before its end, or by the clock. A seat has one owner at a time, whether the
// ends of holds are ever recorded or not. Money is neither made nor lost.
func TestLifeCycleOfHolds(t *testing.T) {
	t.Parallel()
	for _, sweeper := range []bool{true, false} {
		t.Run("sweeper "+strconv.FormatBool(sweeper), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				s := &sale{scenario: given(t, onSale()...), balance: map[domain.UserID]domain.Money{}}
				s.unit.settings.MaxLiveHolds = rapid.IntRange(1, seatsPlayedWith).Draw(t, "limit")
				actions := map[string]func(*rapid.T){
					"": s.check, "tick": s.tick, "hold": s.hold, "charge": s.charge, "pay": s.pay, "cancel": s.cancel,
				}
				if sweeper {
					actions["expire"] = s.expire
				}
				t.Repeat(actions)
			})
		})
	}
}
