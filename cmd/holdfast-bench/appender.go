package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// payloadSize is the size of the measured events, in bytes of JSON.
const payloadSize = 200

// payload is a JSON object of payloadSize bytes.
var payload = []byte(`{"text":"` + strings.Repeat("x", payloadSize-len(`{"text":""}`)) + `"}`)

// hotStreams is how many streams share all appends when they are hot.
const hotStreams = 50

// counted is the simplest state there is: how many events it has seen.
type counted struct{ events int }

// Window implements [eventstore.State].
func (counted) Window(time.Time) (from, until time.Time) { return from, until }

// appender is a writer of one event a command.
type appender struct {
	pool   *pgxpool.Pool
	log    *eventstore.Log
	writer *eventstore.Writer[counted]
}

func newAppender(ctx context.Context, databaseURL string) (*appender, error) {
	pool, err := eventstore.Connect(ctx, withPool(databaseURL, 8), eventstore.RoleAppender)
	if err != nil {
		return nil, err
	}
	log, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		pool.Close()
		return nil, err
	}
	// As with seats and wallets, the latest event is the state: what is measured
	// is appending to hot streams, not reading their history at the start.
	model := eventstore.Model[counted]{
		Fold:          func(_ counted, e eventstore.Event) (counted, error) { return counted{int(e.Version)}, nil },
		LatestIsState: func(string) bool { return true },
		Timeless:      func(string) bool { return true },
	}
	writer, err := eventstore.NewWriter(log, model, eventstore.WriterOptions{})
	if err != nil {
		log.Close()
		pool.Close()
		return nil, err
	}
	return &appender{pool: pool, log: log, writer: writer}, nil
}

func (a *appender) close() error {
	err := a.writer.Close(context.Background())
	a.log.Close()
	a.pool.Close()
	return err
}

// cold appends to a stream of its own, whose name was minted for it.
func (a *appender) cold(ctx context.Context, _ int) error {
	stream := "cold-" + newID()
	return a.execute(ctx, stream, func(tx *eventstore.Tx[counted]) error {
		tx.Fresh(stream)
		return nil
	})
}

// hot appends to one of a few streams, deciding on what is there.
func (a *appender) hot(ctx context.Context, index int) error {
	stream := "hot-" + strconv.Itoa(index%hotStreams)
	return a.execute(ctx, stream, func(tx *eventstore.Tx[counted]) error {
		_, err := tx.Load(stream)
		return err
	})
}

var errNothingAppended = errors.New("the command was accepted but appended nothing")

func (a *appender) execute(ctx context.Context, stream string, read func(*eventstore.Tx[counted]) error) error {
	receipt, err := a.writer.Execute(ctx, eventstore.Command[counted]{
		Decide: func(tx *eventstore.Tx[counted]) error {
			if err := read(tx); err != nil {
				return err
			}
			tx.Append(eventstore.NewEvent{Stream: stream, Type: "bench.happened.v1", Payload: payload})
			return nil
		},
	})
	if err == nil && len(receipt.Events) != 1 {
		return errNothingAppended
	}
	return err
}
