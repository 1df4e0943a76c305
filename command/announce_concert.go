package command

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// AnnounceConcert asks for a concert. Its limits are those of [concert.Announce].
type AnnounceConcert struct {
	Title    string
	Venue    string
	Currency string
	// Capacity is how many users may be admitted at a time.
	Capacity int
	// SessionSeconds is how long an admission lasts.
	SessionSeconds int
}

// Concert is a concert that was announced.
type Concert struct {
	ConcertID domain.ConcertID
}

// AnnounceConcert makes a concert. It refuses with invalid_request.
func (u *Unit) AnnounceConcert(ctx context.Context, env Envelope, c AnnounceConcert) (Accepted[Concert], error) {
	const name = "announce_concert"
	id := domain.ConcertID(u.newID())
	return do(ctx, u, env, order{
		name: name,
		fingerprint: newRequest(name).text(c.Title).text(c.Venue).text(c.Currency).
			number(int64(c.Capacity)).number(int64(c.SessionSeconds)).fingerprint(),
		decide: func(tx transaction) error {
			announced, err := concert.Announce(id, concert.Plan(c), u.settings.Currency)
			if err != nil {
				return err
			}
			var f facts
			stream := concert.Stream(id)
			tx.Fresh(stream)
			f.add(stream, announced)
			return f.record(tx)
		},
	}, concertFrom)
}

func concertFrom(lead eventstore.Event) (Concert, error) {
	e, err := leadAs[concert.Announced](lead, concert.Decode)
	return Concert{ConcertID: e.ConcertID}, err
}
