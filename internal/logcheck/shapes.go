package logcheck

import "time"

// Wire names of the events that the rules are about.
const (
	performanceScheduled = "performance.scheduled.v1"
	seatHeld             = "seat.held.v1"
	seatReleased         = "seat.released.v1"
	seatSold             = "seat.sold.v1"
	reservationHeld      = "reservation.held.v1"
	reservationConfirmed = "reservation.confirmed.v1"
	reservationCancelled = "reservation.cancelled.v1"
	reservationExpired   = "reservation.expired.v1"
	walletCharged        = "wallet.charged.v1"
	walletDebited        = "wallet.debited.v1"
	admissionSpent       = "admission.spent.v1"
	admissionGivenUp     = "admission.given_up.v1"
)

type scheduledShape struct {
	PerformanceID string `json:"performanceId"`
	ConcertID     string `json:"concertId"`
	Date          string `json:"date"`
	Seats         struct {
		Count int   `json:"count"`
		Price int64 `json:"price"`
	} `json:"seats"`
}

type seatShape struct {
	PerformanceID string `json:"performanceId"`
	Seat          int    `json:"seat"`
	ReservationID string `json:"reservationId"`
	UserID        string `json:"userId"`
	PaymentID     string `json:"paymentId"`
	Price         int64  `json:"price"`
	HoldMs        int64  `json:"holdMs"`
	Reason        string `json:"reason"`
}

type reservationShape struct {
	ReservationID string    `json:"reservationId"`
	UserID        string    `json:"userId"`
	ConcertID     string    `json:"concertId"`
	PerformanceID string    `json:"performanceId"`
	Date          string    `json:"date"`
	Seats         []int     `json:"seats"`
	Price         int64     `json:"price"`
	HoldMs        int64     `json:"holdMs"`
	ExpiresAt     time.Time `json:"expiresAt"`
	PaymentID     string    `json:"paymentId"`
	Amount        int64     `json:"amount"`
	Balance       int64     `json:"balance"`
	AdmissionID   string    `json:"admissionId"`
}

type walletShape struct {
	ChargeID      string `json:"chargeId"`
	PaymentID     string `json:"paymentId"`
	ReservationID string `json:"reservationId"`
	UserID        string `json:"userId"`
	Amount        int64  `json:"amount"`
	Balance       int64  `json:"balance"`
}

type admissionShape struct {
	AdmissionID string `json:"admissionId"`
	UserID      string `json:"userId"`
	ConcertID   string `json:"concertId"`
	PaymentID   string `json:"paymentId"`
}

// shape is a pointer to the shape of a payload.
type shape[T any] interface {
	*T
	// set takes a member over. It reports false if that is to be left to JSON.
	set(m member) bool
}

// set leaves performances, which are few, to JSON.
func (*scheduledShape) set(member) bool { return false }

func (s *seatShape) set(m member) bool {
	switch m.name {
	case "performanceId":
		return m.text(&s.PerformanceID)
	case "seat":
		return m.small(&s.Seat)
	case "reservationId":
		return m.text(&s.ReservationID)
	case "userId":
		return m.text(&s.UserID)
	case "paymentId":
		return m.text(&s.PaymentID)
	case "price":
		return m.number(&s.Price)
	case "holdMs":
		return m.number(&s.HoldMs)
	case "reason":
		return m.text(&s.Reason)
	default:
		return true
	}
}

func (s *reservationShape) set(m member) bool {
	switch m.name {
	case "reservationId":
		return m.text(&s.ReservationID)
	case "userId":
		return m.text(&s.UserID)
	case "concertId":
		return m.text(&s.ConcertID)
	case "performanceId":
		return m.text(&s.PerformanceID)
	case "date":
		return m.text(&s.Date)
	case "seats":
		return m.list(&s.Seats)
	case "price":
		return m.number(&s.Price)
	case "holdMs":
		return m.number(&s.HoldMs)
	case "expiresAt":
		return m.moment(&s.ExpiresAt)
	case "paymentId":
		return m.text(&s.PaymentID)
	case "amount":
		return m.number(&s.Amount)
	case "balance":
		return m.number(&s.Balance)
	case "admissionId":
		return m.text(&s.AdmissionID)
	default:
		return true
	}
}

func (s *walletShape) set(m member) bool {
	switch m.name {
	case "chargeId":
		return m.text(&s.ChargeID)
	case "paymentId":
		return m.text(&s.PaymentID)
	case "reservationId":
		return m.text(&s.ReservationID)
	case "userId":
		return m.text(&s.UserID)
	case "amount":
		return m.number(&s.Amount)
	case "balance":
		return m.number(&s.Balance)
	default:
		return true
	}
}

func (s *admissionShape) set(m member) bool {
	switch m.name {
	case "admissionId":
		return m.text(&s.AdmissionID)
	case "userId":
		return m.text(&s.UserID)
	case "concertId":
		return m.text(&s.ConcertID)
	case "paymentId":
		return m.text(&s.PaymentID)
	default:
		return true
	}
}
