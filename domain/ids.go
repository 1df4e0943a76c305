package domain

// Ids are UUIDs in their canonical text form: 36 characters, lower case.
// They are strings so that they are comparable, printable and free of any
// library; ParseID is the only way in for text from outside.
type (
	// ConcertID names a concert: a title at a venue, with a waiting room.
	ConcertID string
	// PerformanceID names one date of a concert, with its seats.
	PerformanceID string
	// ReservationID names one hold on one to eight seats and what became of it.
	ReservationID string
	// UserID names a user. It is the only thing an event says about a person.
	UserID string
	// PaymentID names one payment of one reservation.
	PaymentID string
	// ChargeID names one charge of a wallet.
	ChargeID string
	// AdmissionID names one turn in a waiting room, and so one queue token.
	AdmissionID string
)

// ID is any of the id types.
type ID interface {
	~string
}

// ParseID takes an id from outside. It reports false for anything but a UUID
// in canonical form: a second spelling of an id would be a second stream.
func ParseID[T ID](text string) (T, bool) {
	if len(text) != 36 {
		return "", false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return "", false
			}
		case c < '0' || c > 'f' || c > '9' && c < 'a':
			return "", false
		}
	}
	return T(text), true
}
