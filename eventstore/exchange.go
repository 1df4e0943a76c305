package eventstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// exchange is a message that ends with Sync on its way to the server and back.
// It may be sent behind another that has not been answered yet: the server
// takes them one after the other and never waits for the client in between.
type exchange struct {
	sent, answered chan struct{}

	// cut says, when sent is closed, that not all of it has been sent. What comes
	// behind it would be taken for its end.
	cut bool

	// Known when answered is closed: the time that the last row of a verdict
	// tells, and the end of the log if one does; the events of an answer; what the
	// server objects to; why the connection is of no more use.
	at      time.Time
	head    Position
	events  []Event
	refusal *pgconn.PgError
	err     error
}

// messages are the memory of messages that have been sent.
var messages = sync.Pool{New: func() any { return new([]byte) }}

// keptMessage is the largest message whose memory another one uses again.
const keptMessage = 4 << 20

// errBrokenBefore says that a message was not answered because the one before
// it was not.
var errBrokenBefore = errors.New("the connection broke with the message before")

// dispatch sends what layOut appends to an empty message, behind another
// exchange unless that is nil, and returns at once.
func (l *link) dispatch(behind *exchange, layOut func(message []byte) ([]byte, error)) *exchange {
	x := &exchange{sent: make(chan struct{}), answered: make(chan struct{})}
	conn, timeout := l.conn.PgConn(), l.timeout
	go func() {
		defer close(x.answered)
		if x.err = x.send(conn, timeout, behind, layOut); x.err == nil {
			x.err = x.receive(conn, timeout, behind)
		}
	}()
	return x
}

// send lays the message out and sends it when the one before has been sent.
func (x *exchange) send(conn *pgconn.PgConn, timeout time.Duration, behind *exchange,
	layOut func([]byte) ([]byte, error),
) (err error) {
	defer func() {
		x.cut = err != nil
		close(x.sent)
	}()
	memory, _ := messages.Get().(*[]byte)
	message, err := layOut((*memory)[:0])
	if err != nil {
		return err
	}
	defer func() {
		if cap(message) <= keptMessage {
			*memory = message
			messages.Put(memory)
		}
	}()
	if behind == nil {
		// Nothing is on its way, so that the connection can be had bare.
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := conn.SyncConn(ctx); err != nil {
			return err
		}
	} else {
		<-behind.sent
		if behind.cut {
			return errBrokenBefore
		}
	}
	if err := conn.Conn().SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := conn.Conn().Write(message); err != nil {
		return err
	}
	return conn.Conn().SetWriteDeadline(time.Time{})
}

// receive reads up to the answer to Sync, when the message before is answered.
func (x *exchange) receive(conn *pgconn.PgConn, timeout time.Duration, behind *exchange) error {
	if behind != nil {
		<-behind.answered
		if behind.err != nil {
			return errBrokenBefore
		}
	}
	if err := conn.Conn().SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if err := x.read(conn.Frontend()); err != nil {
		return err
	}
	return conn.Conn().SetReadDeadline(time.Time{})
}

func (x *exchange) read(from *pgproto3.Frontend) error {
	names := interned{}
	for {
		answer, err := from.Receive()
		if err != nil {
			return err
		}
		switch answer := answer.(type) {
		case *pgproto3.DataRow:
			if err := x.take(answer.Values, names); err != nil {
				return err
			}
		case *pgproto3.ErrorResponse:
			x.refusal = pgconn.ErrorResponseToPgError(answer)
		case *pgproto3.ReadyForQuery:
			return nil
		}
	}
}

// take reads a row: a time, a time and a position, or an event.
func (x *exchange) take(values [][]byte, names interned) error {
	if len(values) > 2 {
		e, err := decodeRow(values, names)
		if err == nil {
			x.events = append(x.events, e.detached())
		}
		return err
	}
	for _, value := range values {
		if len(value) != 8 {
			return errNoTime
		}
	}
	x.at = postgresEpoch.Add(time.Duration(bigint(values[0])) * time.Microsecond)
	if len(values) == 2 {
		x.head = Position(bigint(values[1]))
	}
	return nil
}

var errNoTime = errors.New("the database did not say when a group was recorded")

// lastWords is what the server objected to before the connection broke, or nil.
func (x *exchange) lastWords() error {
	if x.refusal == nil {
		return nil
	}
	return x.refusal
}
