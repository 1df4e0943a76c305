package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// endedSessionsBuffer is how many payments may be ahead of the waiting rooms.
const endedSessionsBuffer = 4096

// endingSessions are the commands, and tell the waiting room when a payment
// has ended an admission, so that the next in line is called at once. This is
// a courtesy: what it does not get to tell, because the process ends, the
// waiting room learns when the session's time is over.
type endingSessions struct {
	*command.Unit

	ended chan endedSession
}

// endedSession is a place whose admission a payment has spent.
type endedSession struct {
	waitingroom.Place

	// position is that of the payment in the log.
	position eventstore.Position
}

func newEndingSessions(unit *command.Unit) endingSessions {
	return endingSessions{Unit: unit, ended: make(chan endedSession, endedSessionsBuffer)}
}

// Pay is as [command.Unit.Pay].
func (s endingSessions) Pay(ctx context.Context, env command.Envelope, c command.Pay) (command.Accepted[command.Payment], error) {
	accepted, err := s.Unit.Pay(ctx, env, c)
	if err == nil && c.AdmissionID != "" && !accepted.Replayed {
		select {
		case s.ended <- endedSession{
			Place:    waitingroom.Place{UserID: c.UserID, ConcertID: c.ConcertID, AdmissionID: c.AdmissionID},
			position: accepted.Position,
		}:
		default: // the rooms have been away for long: time ends the session
		}
	}
	return accepted, err
}

// run tells the rooms until ctx ends. Before a place is given on, whatever the
// payment has sold out is closed: nobody is called to an empty shop.
func (s endingSessions) run(
	ctx context.Context, rooms *waitingroom.Rooms,
	closeSoldOut func(context.Context, domain.ConcertID, eventstore.Position), logger *slog.Logger,
) {
	const atOnce = 8
	var telling sync.WaitGroup
	for range atOnce {
		telling.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case session := <-s.ended:
					closeSoldOut(ctx, session.ConcertID, session.position)
					tell(ctx, rooms, session.Place, logger)
				}
			}
		})
	}
	telling.Wait()
}

// tell tells of one session, again and again with a growing pause while the
// rooms are away.
func tell(ctx context.Context, rooms *waitingroom.Rooms, place waitingroom.Place, logger *slog.Logger) {
	const longest = 10 * time.Second
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, longest) {
		err := rooms.Spent(ctx, place)
		if err == nil || ctx.Err() != nil {
			return
		}
		logger.WarnContext(ctx, "the waiting room cannot be told of a payment; trying again",
			slog.String("concert_id", string(place.ConcertID)), slog.Any("error", err), slog.Duration("retry_in", pause))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}
