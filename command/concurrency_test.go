package command_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/wallet"
)

const instances = 3

func TestAThousandUsersForOneSeat(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	_, performance := c.performance(50)

	_, errs := race(1000, func(i int) (command.Accepted[command.Reservation], error) {
		user := newUser()
		return c.unit(i).HoldSeats(t.Context(), by(user, "key"), command.HoldSeats{
			UserID: user, PerformanceID: performance, Seats: []int{7},
		})
	})

	require.Equal(t, map[domain.Code]int{"": 1, domain.CodeSeatUnavailable: 999}, outcomes(t, errs))
}

func TestAThousandChargesOnOneWallet(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	user := newUser()

	got, errs := race(1000, func(i int) (command.Accepted[command.Charge], error) {
		return c.unit(i).ChargeWallet(t.Context(), by(user, key(i)), command.ChargeWallet{UserID: user, Amount: 7})
	})

	require.Equal(t, map[domain.Code]int{"": 1000}, outcomes(t, errs))
	slices.SortFunc(got, func(a, b command.Accepted[command.Charge]) int { return int(a.Answer.Balance - b.Answer.Balance) })
	for i, charge := range got {
		require.Equal(t, domain.Money(7*(i+1)), charge.Answer.Balance)
	}
}

func TestThePaymentOfOneReservationSixtyFourTimesAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	concert, performance := c.performance(50)
	user := c.richUser(10_000)
	held := c.hold(user, performance, 7, 8)
	turn := domain.AdmissionID(newID())

	_, errs := race(64, func(i int) (command.Accepted[command.Payment], error) {
		return c.unit(i).Pay(t.Context(), by(user, key(i)), command.Pay{
			UserID: user, ConcertID: concert, AdmissionID: turn, ReservationID: held.ReservationID,
		})
	})

	require.Equal(t, map[domain.Code]int{"": 1, domain.CodeAlreadyConfirmed: 63}, outcomes(t, errs))
	require.Equal(t, []string{wallet.TypeCharged, wallet.TypeDebited}, c.stream(wallet.Stream(user)))
}

func TestOneAdmissionPaysOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	concert, performance := c.performance(50)
	user := c.richUser(10_000)
	var held []command.Reservation
	for seat := range 12 {
		held = append(held, c.hold(user, performance, seat+1))
	}
	turn := domain.AdmissionID(newID())

	_, errs := race(len(held), func(i int) (command.Accepted[command.Payment], error) {
		return c.unit(i).Pay(t.Context(), by(user, key(i)), command.Pay{
			UserID: user, ConcertID: concert, AdmissionID: turn, ReservationID: held[i].ReservationID,
		})
	})

	require.Equal(t, map[domain.Code]int{"": 1, domain.CodeAdmissionSpent: 11}, outcomes(t, errs))
}

func TestOneKeySixtyFourTimesAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	_, performance := c.performance(50)
	user := newUser()
	asked := command.HoldSeats{UserID: user, PerformanceID: performance, Seats: []int{7, 8}}

	got, errs := race(64, func(i int) (command.Accepted[command.Reservation], error) {
		return c.unit(i).HoldSeats(t.Context(), by(user, "key"), asked)
	})

	require.Equal(t, map[domain.Code]int{"": 64}, outcomes(t, errs))
	originals := 0
	for _, accepted := range got {
		if !accepted.Replayed {
			originals++
		}
		require.Equal(t, got[0].Answer, accepted.Answer)
		require.Equal(t, got[0].Position, accepted.Position)
	}
	require.Equal(t, 1, originals)

	fresh := c.join()
	again, err := fresh.HoldSeats(t.Context(), by(user, "key"), asked)
	require.NoError(t, err, "an instance that has seen nothing of it")
	require.Equal(t, got[0].Answer, again.Answer)

	asked.Seats = []int{7}
	_, errs = race(8, func(i int) (command.Accepted[command.Reservation], error) {
		return c.unit(i).HoldSeats(t.Context(), by(user, "key"), asked)
	})
	require.Equal(t, map[domain.Code]int{domain.CodeKeyReused: 8}, outcomes(t, errs))
}

func TestOverlappingEights(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	_, performance := c.performance(50)
	asked := make([][]int, 200)
	for i := range asked {
		first := 1 + rand.IntN(50-domain.MaxSeats+1)
		for n := range domain.MaxSeats {
			asked[i] = append(asked[i], first+n)
		}
	}

	got, errs := race(len(asked), func(i int) (command.Accepted[command.Reservation], error) {
		user := newUser()
		return c.unit(i).HoldSeats(t.Context(), by(user, "key"), command.HoldSeats{
			UserID: user, PerformanceID: performance, Seats: asked[i],
		})
	})

	require.Positive(t, outcomes(t, errs)[""])
	owned := map[int]bool{}
	for i, accepted := range got {
		if errs[i] == nil {
			require.Equal(t, asked[i], accepted.Answer.Seats)
			for _, n := range asked[i] {
				require.False(t, owned[n], "seat %d is held twice", n)
				owned[n] = true
			}
		}
	}
	for i, err := range errs {
		if err == nil {
			continue
		}
		var refusal *domain.Error
		require.ErrorAs(t, err, &refusal)
		require.NotEmpty(t, refusal.Seats)
		for _, n := range refusal.Seats {
			require.Contains(t, asked[i], n)
			require.True(t, owned[n], "seat %d was refused and is nobody's", n)
		}
	}
}

func TestTheLimitOfAUserHoldsAcrossInstances(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{MaxLiveHolds: 10})
	_, performance := c.performance(200)
	user := newUser()

	_, errs := race(100, func(i int) (command.Accepted[command.Reservation], error) {
		return c.unit(i).HoldSeats(t.Context(), by(user, key(i)), command.HoldSeats{
			UserID: user, PerformanceID: performance, Seats: []int{i + 1, i + 101},
		})
	})

	require.Equal(t, map[domain.Code]int{"": 5, domain.CodeLimitExceeded: 95}, outcomes(t, errs))
}

func TestCancelAgainstPay(t *testing.T) {
	t.Parallel()
	c := newCluster(t, instances, command.Settings{})
	_, performance := c.performance(50)
	for seat := 1; seat <= 20; seat++ {
		user := c.richUser(100)
		held := c.hold(user, performance, seat)
		_, errs := race(6, func(i int) (struct{}, error) {
			var err error
			if i%2 == 0 {
				_, err = c.unit(i).Pay(t.Context(), by(user, key(i)), command.Pay{UserID: user, ReservationID: held.ReservationID})
			} else {
				_, err = c.unit(i).CancelReservation(t.Context(), by(user, key(i)),
					command.CancelReservation{UserID: user, ReservationID: held.ReservationID})
			}
			return struct{}{}, err
		})
		counts := outcomes(t, errs)
		require.Equal(t, 1, counts[""])
		require.Len(t, counts, 2, "everybody else learns which one it was: %v", counts)
		require.Len(t, c.stream(reservation.Stream(held.ReservationID)), 2)
	}
}
