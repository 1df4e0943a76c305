package reactors

import (
	"context"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"
)

// errShut is what a message gets that comes while a reactor stops. It is an end
// of a context, which the router does not report.
var errShut = fmt.Errorf("the reactor is stopping: %w", context.Canceled)

// gate lets one message at a time through to a handler, and none once it is
// shut.
type gate struct {
	shut chan struct{}
	// turn is full while a message is being handled, and after shutting.
	turn chan struct{}
	// last is the message that was handled last. It belongs to who has the turn.
	last *message.Message
}

func newGate() *gate {
	return &gate{shut: make(chan struct{}), turn: make(chan struct{}, 1)}
}

// middleware is the outermost of a handler.
func (g *gate) middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		select {
		case <-g.shut:
			return nil, errShut
		default:
		}
		select {
		case g.turn <- struct{}{}:
		case <-g.shut:
			return nil, errShut
		}
		defer func() {
			g.last = msg
			<-g.turn
		}()
		return next(msg)
	}
}

// close shuts the gate, once. It returns when the message under way has been
// handled and the subscriber told, or when ctx ends.
func (g *gate) close(ctx context.Context) {
	close(g.shut)
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	if g.last == nil {
		return
	}
	select {
	case <-g.last.Acked():
	case <-g.last.Nacked():
	case <-ctx.Done():
	}
}
