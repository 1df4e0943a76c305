package http

import (
	"context"
	"net/netip"
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// Clock tells the store's time, by which tokens and admissions end.
type Clock func() time.Time

// Commands change things. [command.Unit] implements it; its methods say what
// they promise and what they refuse.
type Commands interface {
	AnnounceConcert(ctx context.Context, env command.Envelope, c command.AnnounceConcert) (command.Accepted[command.Concert], error)
	SchedulePerformance(ctx context.Context, env command.Envelope, c command.SchedulePerformance) (command.Accepted[command.Performance], error)
	HoldSeats(ctx context.Context, env command.Envelope, c command.HoldSeats) (command.Accepted[command.Reservation], error)
	CancelReservation(ctx context.Context, env command.Envelope, c command.CancelReservation) (command.Accepted[command.Reservation], error)
	ChargeWallet(ctx context.Context, env command.Envelope, c command.ChargeWallet) (command.Accepted[command.Charge], error)
	Pay(ctx context.Context, env command.Envelope, c command.Pay) (command.Accepted[command.Payment], error)
	GiveUpAdmission(ctx context.Context, env command.Envelope, c command.GiveUpAdmission) (command.Accepted[command.EndedAdmission], error)
}

// Rooms are the waiting rooms. [WaitingRooms] makes it from
// [waitingroom.Rooms], whose methods say what they promise and refuse.
type Rooms interface {
	Join(
		ctx context.Context, user domain.UserID, concert domain.ConcertID, address netip.Addr, settings waitingroom.Settings,
	) (view waitingroom.View, fresh bool, err error)
	Look(ctx context.Context, place waitingroom.Place) (waitingroom.View, error)
	Leave(ctx context.Context, place waitingroom.Place) error
	Watch(ctx context.Context, place waitingroom.Place) (PlaceWatch, error)
	Status(ctx context.Context) ([]waitingroom.Status, error)
	StatusOf(ctx context.Context, concert domain.ConcertID) (status waitingroom.Status, opened bool, err error)
	Configure(ctx context.Context, concert domain.ConcertID, settings waitingroom.Settings) error
	CloseQueue(ctx context.Context, concert domain.ConcertID) error
	ReopenQueue(ctx context.Context, concert domain.ConcertID) error
}

// PlaceWatch follows one place; see [waitingroom.Watcher].
type PlaceWatch interface {
	Next(ctx context.Context) (waitingroom.View, error)
	Close()
}

// WaitingRooms makes the waiting rooms fit for a [Server].
func WaitingRooms(rooms *waitingroom.Rooms) Rooms { return roomsAdapter{rooms} }

type roomsAdapter struct {
	*waitingroom.Rooms
}

// Watch implements [Rooms].
func (r roomsAdapter) Watch(ctx context.Context, place waitingroom.Place) (PlaceWatch, error) {
	watcher, err := r.Rooms.Watch(ctx, place)
	if err != nil {
		return nil, err
	}
	return watcher, nil
}

// QueueRules tells the rules of a concert's waiting room, and false if there
// is no such concert as far as the read model goes.
type QueueRules func(concert domain.ConcertID) (waitingroom.Settings, bool)

// Admissions knows, from memory that follows the log, which admissions were
// spent or given up. A false may be some milliseconds late.
type Admissions interface {
	AdmissionOver(id domain.AdmissionID) bool
}

// Probe is one thing that must be there for requests to be served.
type Probe struct {
	// Name is shown to whoever asks /readyz: "postgres". It says nothing
	// about where the thing is.
	Name string
	// Check returns an error while the thing is missing. It is logged.
	Check func(ctx context.Context) error
}
