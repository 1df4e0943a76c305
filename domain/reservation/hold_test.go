package reservation_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/reservation"
)

func TestPickSeats(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		numbers []int
		want    []int
		pointer string
	}{
		"one":                   {[]int{7}, []int{7}, ""},
		"eight":                 {[]int{8, 7, 6, 5, 4, 3, 2, 1}, []int{1, 2, 3, 4, 5, 6, 7, 8}, ""},
		"not judged here":       {[]int{0, -1, math.MaxInt}, []int{-1, 0, math.MaxInt}, ""},
		"none":                  {[]int{}, nil, "/seats"},
		"no list":               {nil, nil, "/seats"},
		"nine":                  {[]int{1, 2, 3, 4, 5, 6, 7, 8, 9}, nil, "/seats"},
		"twice the same":        {[]int{7, 7}, nil, "/seats/1"},
		"twice the same, apart": {[]int{7, 8, 9, 7}, nil, "/seats/3"},
		"twice the same, last":  {[]int{1, 2, 3, 4, 5, 6, 7, 7}, nil, "/seats/7"},
		"nine, twice the same":  {[]int{7, 7, 7, 7, 7, 7, 7, 7, 7}, nil, "/seats"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := append([]int(nil), test.numbers...)
			got, err := reservation.PickSeats(test.numbers)
			require.Equal(t, asked, append([]int(nil), test.numbers...), "the request is left as it is")
			require.Equal(t, test.want, got)
			if test.pointer == "" {
				require.NoError(t, err)
				return
			}
			var refusal *domain.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, domain.CodeInvalidRequest, refusal.Code)
			require.Len(t, refusal.Fields, 1)
			require.Equal(t, test.pointer, refusal.Fields[0].Pointer)
		})
	}
}

func TestHoldCostsAllItsSeats(t *testing.T) {
	t.Parallel()
	request := reservation.Request{
		ID: codectest.ReservationID, UserID: codectest.UserID, ConcertID: codectest.ConcertID,
		PerformanceID: codectest.PerformanceID, Date: "2027-05-01", Seats: []int{7, 8},
		SeatPrice: 4500, Length: length,
	}
	got, err := reservation.Hold(request)
	require.NoError(t, err)
	require.Equal(t, held, got)
	require.Equal(t, ends, got.Ends(noon))

	request.SeatPrice = domain.MaxMoney / 2
	got, err = reservation.Hold(request)
	require.NoError(t, err)
	require.Equal(t, domain.MaxMoney-1, got.Price)

	request.SeatPrice++
	_, err = reservation.Hold(request)
	require.Error(t, err)
	require.Empty(t, domain.CodeOf(err), "a performance with such a price cannot be scheduled")
}

func TestTheShortestHoldIsAMillisecond(t *testing.T) {
	t.Parallel()
	got, err := reservation.Hold(reservation.Request{Seats: []int{1}, SeatPrice: 1, Length: time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Millisecond), got.Ends(noon))
}
