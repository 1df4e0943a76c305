package command

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// GiveUpAdmission asks to end a turn in a waiting room before paying.
type GiveUpAdmission struct {
	UserID      domain.UserID
	ConcertID   domain.ConcertID
	AdmissionID domain.AdmissionID
}

// EndedAdmission is an admission that was given up.
type EndedAdmission struct {
	UserID      domain.UserID
	ConcertID   domain.ConcertID
	AdmissionID domain.AdmissionID
}

// GiveUpAdmission ends an admission; nothing can be held or paid under it
// after that. Holds that were made under it run on. It refuses with
// admission_spent after a payment and with not_admitted after it was given up.
func (u *Unit) GiveUpAdmission(ctx context.Context, env Envelope, c GiveUpAdmission) (Accepted[EndedAdmission], error) {
	const name = "give_up_admission"
	stream := admission.Stream(c.AdmissionID)
	return do(ctx, u, env, order{
		name: name,
		fingerprint: newRequest(name).text(string(c.UserID)).text(string(c.ConcertID)).
			text(string(c.AdmissionID)).fingerprint(),
		streams: []string{stream},
		decide: func(tx transaction) error {
			turn, err := load[admission.State](tx, stream)
			if err != nil {
				return err
			}
			givenUp, err := turn.GiveUp(admission.Admission{ID: c.AdmissionID, UserID: c.UserID, ConcertID: c.ConcertID})
			if err != nil {
				return err
			}
			var f facts
			f.add(stream, givenUp)
			return f.record(tx)
		},
	}, endedAdmissionFrom)
}

func endedAdmissionFrom(lead eventstore.Event) (EndedAdmission, error) {
	e, err := leadAs[admission.GivenUp](lead, admission.Decode)
	return EndedAdmission{UserID: e.UserID, ConcertID: e.ConcertID, AdmissionID: e.AdmissionID}, err
}
