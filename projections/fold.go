package projections

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// aggregates are those that a log may hold events of, by category.
var aggregates = []string{
	admission.Category, concert.Category, performance.Category, reservation.Category, seat.Category, user.Category, wallet.Category,
}

// BadEventError names the event that stopped a projection.
type BadEventError struct {
	Projection string
	Position   eventstore.Position
	Stream     string
	Version    eventstore.Version
	Type       string
	Err        error
}

// Error implements the error interface.
func (e *BadEventError) Error() string {
	return fmt.Sprintf("projection %s stops at position %d: event %s of stream %s, version %d: %v",
		e.Projection, e.Position, e.Type, e.Stream, e.Version, e.Err)
}

// Unwrap returns what is wrong with the event.
func (e *BadEventError) Unwrap() error { return e.Err }

func badEvent(projection string, e eventstore.Event, err error) *BadEventError {
	return &BadEventError{
		Projection: projection, Position: e.Position, Stream: e.Stream, Version: e.Version, Type: e.Type, Err: err,
	}
}

// Fold folds events, which are in position order, as far as they can be
// understood, and returns how many that were. Events of the categories go into
// the folder; those of other aggregates are none of its business. An event of
// no known aggregate, or of a type that its own does not know, is bad: nobody
// can tell what it means. The name is that of the projection, for the error.
func Fold(name string, categories []string, into Folder, events []eventstore.Event) (int, *BadEventError) {
	for i, e := range events {
		if err := foldOne(categories, into, e); err != nil {
			return i, badEvent(name, e, err)
		}
	}
	return len(events), nil
}

func foldOne(categories []string, into Folder, e eventstore.Event) error {
	aggregate := category(e.Type)
	if slices.Contains(categories, aggregate) {
		return into.Apply(e)
	}
	if !slices.Contains(aggregates, aggregate) {
		return &domain.UnknownTypeError{Type: e.Type}
	}
	return nil
}

// category returns the name of the aggregate that an event type belongs to.
func category(wireType string) string {
	name, _, _ := strings.Cut(wireType, ".")
	return name
}

// unfolded says that a page has no case for an event that its codec knows.
func unfolded(e domain.Event) error {
	return fmt.Errorf("event type %s is not folded", e.Type())
}
