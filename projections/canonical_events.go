package projections

import (
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/wallet"
)

// The fields of a literal are read in the order in which they are written here.

func (c *canonical) seatHeld() seat.Held {
	return seat.Held{
		PerformanceID: domain.PerformanceID(c.text(`{"performanceId":"`)),
		Seat:          int(c.number(`,"seat":`)),
		ReservationID: domain.ReservationID(c.text(`,"reservationId":"`)),
		UserID:        domain.UserID(c.text(`,"userId":"`)),
		Price:         domain.Money(c.number(`,"price":`)),
		HoldMs:        c.number(`,"holdMs":`),
	}
}

func (c *canonical) seatReleased() seat.Released {
	return seat.Released{
		PerformanceID: domain.PerformanceID(c.text(`{"performanceId":"`)),
		Seat:          int(c.number(`,"seat":`)),
		ReservationID: domain.ReservationID(c.text(`,"reservationId":"`)),
		Reason:        seat.Reason(c.text(`,"reason":"`)),
	}
}

func (c *canonical) seatSold() seat.Sold {
	return seat.Sold{
		PerformanceID: domain.PerformanceID(c.text(`{"performanceId":"`)),
		Seat:          int(c.number(`,"seat":`)),
		ReservationID: domain.ReservationID(c.text(`,"reservationId":"`)),
		UserID:        domain.UserID(c.text(`,"userId":"`)),
		PaymentID:     domain.PaymentID(c.text(`,"paymentId":"`)),
		Price:         domain.Money(c.number(`,"price":`)),
	}
}

func (c *canonical) charged() wallet.Charged {
	return wallet.Charged{
		ChargeID: domain.ChargeID(c.text(`{"chargeId":"`)),
		UserID:   domain.UserID(c.text(`,"userId":"`)),
		Amount:   domain.Money(c.number(`,"amount":`)),
		Balance:  domain.Money(c.number(`,"balance":`)),
	}
}

func (c *canonical) debited() wallet.Debited {
	return wallet.Debited{
		PaymentID:     domain.PaymentID(c.text(`{"paymentId":"`)),
		ReservationID: domain.ReservationID(c.text(`,"reservationId":"`)),
		UserID:        domain.UserID(c.text(`,"userId":"`)),
		Amount:        domain.Money(c.number(`,"amount":`)),
		Balance:       domain.Money(c.number(`,"balance":`)),
	}
}

func (c *canonical) spent() admission.Spent {
	return admission.Spent{
		AdmissionID: domain.AdmissionID(c.text(`{"admissionId":"`)),
		UserID:      domain.UserID(c.text(`,"userId":"`)),
		ConcertID:   domain.ConcertID(c.text(`,"concertId":"`)),
		PaymentID:   domain.PaymentID(c.text(`,"paymentId":"`)),
	}
}

func (c *canonical) reservationHeld() reservation.Held {
	return reservation.Held{
		ReservationID: domain.ReservationID(c.text(`{"reservationId":"`)),
		UserID:        domain.UserID(c.text(`,"userId":"`)),
		ConcertID:     domain.ConcertID(c.text(`,"concertId":"`)),
		PerformanceID: domain.PerformanceID(c.text(`,"performanceId":"`)),
		Date:          c.text(`,"date":"`),
		Seats:         c.numbers(`,"seats":`),
		Price:         domain.Money(c.number(`,"price":`)),
		HoldMs:        c.number(`,"holdMs":`),
	}
}

func (c *canonical) confirmed() reservation.Confirmed {
	return reservation.Confirmed{
		ReservationID: domain.ReservationID(c.text(`{"reservationId":"`)),
		UserID:        domain.UserID(c.text(`,"userId":"`)),
		ConcertID:     domain.ConcertID(c.text(`,"concertId":"`)),
		PerformanceID: domain.PerformanceID(c.text(`,"performanceId":"`)),
		Date:          c.text(`,"date":"`),
		Seats:         c.numbers(`,"seats":`),
		PaymentID:     domain.PaymentID(c.text(`,"paymentId":"`)),
		Amount:        domain.Money(c.number(`,"amount":`)),
		Balance:       domain.Money(c.number(`,"balance":`)),
		AdmissionID:   domain.AdmissionID(c.text(`,"admissionId":"`)),
	}
}

func (c *canonical) ended() reservation.Ended {
	return reservation.Ended{
		ReservationID: domain.ReservationID(c.text(`{"reservationId":"`)),
		UserID:        domain.UserID(c.text(`,"userId":"`)),
		ConcertID:     domain.ConcertID(c.text(`,"concertId":"`)),
		PerformanceID: domain.PerformanceID(c.text(`,"performanceId":"`)),
		Date:          c.text(`,"date":"`),
		Seats:         c.numbers(`,"seats":`),
		Price:         domain.Money(c.number(`,"price":`)),
		ExpiresAt:     c.time(`,"expiresAt":"`),
	}
}
