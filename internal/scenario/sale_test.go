package scenario

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// seatPrice is what every seat of the scenarios costs.
const seatPrice = 4500

// sale is a performance that is on sale.
type sale struct {
	concert     domain.ConcertID
	performance domain.PerformanceID
	date        string
}

// The JSON of the contract, as far as the scenarios look at it.
type (
	reservation struct {
		ReservationID string    `json:"reservationId"`
		Seats         []int     `json:"seats"`
		Price         int64     `json:"price"`
		State         string    `json:"state"`
		ExpiresAt     time.Time `json:"expiresAt"`
		PaymentID     string    `json:"paymentId"`
	}
	charge struct {
		ChargeID string `json:"chargeId"`
		Balance  int64  `json:"balance"`
	}
	wallet struct {
		Balance int64 `json:"balance"`
	}
	seatMap struct {
		Performances []struct {
			Seats []struct {
				Number int    `json:"number"`
				State  string `json:"state"`
			} `json:"seats"`
		} `json:"performances"`
	}
)

// openSale announces a concert and schedules a performance with so many seats.
func (c *cluster) openSale(t *testing.T, seats int) sale {
	t.Helper()
	admin := c.sign(t, token.Admin{Name: "scenario", Scopes: []string{"concert:write"}})
	concert, _ := need[struct {
		ConcertID domain.ConcertID `json:"concertId"`
	}](t, c, 201, ask{method: "POST", path: "/admin/concerts", bearer: admin, body: map[string]any{
		"title": "Scenario", "venue": "Loopback", "currency": "EUR",
		"queue": map[string]int{"capacity": 10_000, "sessionSeconds": 600},
	}})
	startsAt := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second)
	performance, scheduled := need[struct {
		PerformanceID domain.PerformanceID `json:"performanceId"`
		Date          string               `json:"date"`
	}](t, c, 201, ask{
		method: "POST", path: "/admin/concerts/" + string(concert.ConcertID) + "/performances", bearer: admin,
		body: map[string]any{
			"startsAt": startsAt, "timeZone": "UTC", "seats": map[string]int{"count": seats, "price": seatPrice},
		},
	})
	s := sale{concert: concert.ConcertID, performance: performance.PerformanceID, date: performance.Date}
	// Every server has seen the sale before the race begins.
	for range servers {
		c.seatStates(t, s, c.visitor(t, s), scheduled.position)
	}
	return s
}

// visitor is a user whose turn it is.
type visitor struct {
	id domain.UserID
	// access says who the user is, turn is the admitted queue token.
	access, turn string
}

// visitor makes a user with tokens as the servers would sign them.
func (c *cluster) visitor(t *testing.T, s sale) visitor {
	t.Helper()
	id := domain.UserID(uuid.NewString())
	return visitor{
		id:     id,
		access: c.sign(t, token.Access{UserID: id}),
		turn: c.sign(t, token.Queue{
			UserID: id, ConcertID: s.concert, AdmissionID: domain.AdmissionID(uuid.NewString()),
			Number: 1, AdmittedUntil: time.Now().Add(time.Hour),
		}),
	}
}

func (c *cluster) sign(t *testing.T, b token.Bearer) string {
	t.Helper()
	text, err := c.keys.Sign(b, time.Now(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	return text
}

// hold asks for seats.
func (s sale) hold(v visitor, seats ...int) ask {
	return ask{
		method: "POST", path: "/reservations", bearer: v.turn,
		body: map[string]any{"performanceId": s.performance, "seats": seats},
	}
}

// charge asks for money in a wallet.
func (v visitor) charge(amount int64) ask {
	return ask{
		method: "POST", path: "/users/" + string(v.id) + "/wallet/charges", bearer: v.access,
		body: map[string]int64{"amount": amount},
	}
}

// pay asks to pay for a reservation.
func (v visitor) pay(reservationID string) ask {
	return ask{
		method: "POST", path: "/payments", bearer: v.turn,
		body: map[string]string{"reservationId": reservationID},
	}
}

// balance asks for a wallet as it is at a position.
func (c *cluster) balance(t *testing.T, v visitor, position int64) int64 {
	t.Helper()
	w, _ := need[wallet](t, c, 200, ask{
		method: "GET", path: "/users/" + string(v.id) + "/wallet", bearer: v.access, seen: position,
	})
	return w.Balance
}

// reservation asks for a reservation as it is at a position.
func (c *cluster) reservation(t *testing.T, v visitor, id string, position int64) reservation {
	t.Helper()
	r, _ := need[reservation](t, c, 200, ask{
		method: "GET", path: "/reservations/" + id, bearer: v.access, seen: position,
	})
	return r
}

// seatStates asks for the state of every seat as it is at a position.
func (c *cluster) seatStates(t *testing.T, s sale, v visitor, position int64) map[int]string {
	t.Helper()
	seats, _ := need[seatMap](t, c, 200, ask{
		method: "GET", path: "/concerts/" + string(s.concert) + "/dates/" + s.date + "/seats", bearer: v.turn, seen: position,
	})
	states := map[int]string{}
	for _, performance := range seats.Performances {
		for _, seat := range performance.Seats {
			states[seat.Number] = seat.State
		}
	}
	return states
}
