package reactors

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

// EndedAdmission is an admission that is over.
type EndedAdmission struct {
	ID        domain.AdmissionID
	UserID    domain.UserID
	ConcertID domain.ConcertID
	// Position is that of the event that says so, the last one of its command:
	// what a payment has sold stands before it.
	Position eventstore.Position
}

// EndSession ends the waiting-room session of an admission, so that the next
// in line is called. It may be repeated. An error that will pass is [ErrAway].
type EndSession func(ctx context.Context, over EndedAdmission) error

// EndSessions gives the place in the waiting room back once its admission is
// over: after a payment, and after it was given up.
func EndSessions(end EndSession) Reactor {
	return Reactor{
		Name:  "end_sessions",
		Types: []string{admission.TypeSpent, admission.TypeGivenUp},
		From:  FromHead, // older sessions have been ended by their time
		Handle: func(msg *message.Message) error {
			e, err := envelope.Decode(msg)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrHopeless, err)
			}
			event, err := admission.Decode(e.Type, e.Payload)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrHopeless, err)
			}
			switch over := event.(type) {
			case admission.Spent:
				return end(msg.Context(), EndedAdmission{over.AdmissionID, over.UserID, over.ConcertID, e.Position})
			case admission.GivenUp:
				return end(msg.Context(), EndedAdmission{over.AdmissionID, over.UserID, over.ConcertID, e.Position})
			default:
				return fmt.Errorf("%w: %s does not end a session", ErrHopeless, e.Type)
			}
		},
	}
}
