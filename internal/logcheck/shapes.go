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
	PerformanceID string    `json:"performanceId"`
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
	PaymentID   string `json:"paymentId"`
}
