package codectest

import "github.com/holdfast-dev/holdfast/domain"

// The ids in the golden files.
const (
	ConcertID     domain.ConcertID     = "018f4e9a-0001-7000-8000-00000000c0c0"
	PerformanceID domain.PerformanceID = "018f4e9a-0002-7000-8000-00000000b0b0"
	ReservationID domain.ReservationID = "018f4e9a-0003-7000-8000-00000000a0a0"
	UserID        domain.UserID        = "018f4e9a-0004-7000-8000-00000000e0e0"
	PaymentID     domain.PaymentID     = "018f4e9a-0005-7000-8000-00000000d0d0"
	ChargeID      domain.ChargeID      = "018f4e9a-0006-7000-8000-0000000000f0"
	AdmissionID   domain.AdmissionID   = "018f4e9a-0007-7000-8000-0000000000ad"
)
