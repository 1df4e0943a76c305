package http

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/domain"
)

// gate is what stands before everything that the waiting room protects. It
// does not ask the waiting room: the token says whose turn it is and until
// when, and the log says what has ended sooner.
type gate struct {
	clock      Clock
	admissions Admissions
	log        EventLog
}

var (
	errWaiting   = refuse(domain.CodeNotAdmitted, "It is not this user's turn yet. Poll GET /v1/queue and use the token that it answers with.")
	errOver      = refuse(domain.CodeNotAdmitted, "This admission is over. Join the queue again for another one.")
	errElsewhere = refuse(domain.CodeNotAdmitted, "This admission is for another concert.")
)

// admitCommands lets those through whose turn has come. Whether the admission
// is over, by its end, a payment or by being given up, is for the command to
// decide: exactly, and after it has looked for an earlier answer to the same
// request, which is given for ever.
func (g gate) admitCommands(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		place, isPlace := callOf(c.Request().Context()).place()
		if isPlace && place.AdmittedUntil.IsZero() {
			return errWaiting
		}
		return next(c)
	}
}

// admitQueries lets those through whose turn it is, as far as is known here.
func (g gate) admitQueries(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		place, isPlace := callOf(ctx).place()
		switch {
		case !isPlace:
			return next(c)
		case place.AdmittedUntil.IsZero():
			return errWaiting
		case !g.clock().Before(place.AdmittedUntil):
			return errOver
		case g.admissions.AdmissionOver(place.AdmissionID):
			return g.howItEnded(ctx, place.AdmissionID)
		default:
			return next(c)
		}
	}
}

// Wire names of the stream and the event in which a payment ends an admission.
const (
	admissionStream = "admission-"
	admissionSpent  = "admission.spent.v1"
)

// howItEnded returns the refusal for an admission that is over: a spent one
// is no good token any more, one that was given up is merely over.
func (g gate) howItEnded(ctx context.Context, id domain.AdmissionID) error {
	events, err := g.log.ReadStream(ctx, admissionStream+string(id), 0, 1)
	switch {
	case err != nil:
		return err
	case len(events) > 0 && events[0].Type == admissionSpent:
		return errUnauthenticated
	default:
		return errOver
	}
}
