package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

type queueCommands struct {
	Status queueStatusCommand `cmd:"" help:"Show the waiting rooms."`
	Set    queueSetCommand    `cmd:"" help:"Change the capacity or the session length of a room while it runs."`
	Close  queueCloseCommand  `cmd:"" help:"Close a queue until it is opened again."`
	Open   queueOpenCommand   `cmd:"" help:"Open a queue that was closed."`
}

// queueFlags say where the rooms are and how they are shown.
type queueFlags struct {
	databaseFlag
	RedisURL string `required:"" env:"REDIS_URL" placeholder:"URL" help:"Address of the Redis that holds the waiting rooms: redis://host:6379/0."`
	JSON     bool   `name:"json" help:"Print one JSON object a room."`
}

// Validate says what is wrong with the flags.
func (f queueFlags) Validate() error {
	return errors.Join(checkDatabase(f.DatabaseURL), checkRedis(f.RedisURL))
}

// house is what the commands open: the waiting rooms, and the log that knows
// the concerts and the time.
type house struct {
	*waitingroom.Rooms

	log     *eventstore.Log
	closers []func()
}

// open connects. Redis may be away: what is decided reaches it later.
func (f queueFlags) open(ctx context.Context) (_ *house, err error) {
	h := &house{}
	defer func() {
		if err != nil {
			h.close()
			err = adviseOnDatabase(err)
		}
	}()
	appending, err := eventstore.Connect(ctx, f.DatabaseURL, eventstore.RoleAppender)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, appending.Close)
	// Nothing is appended here, so nothing can be lost.
	if h.log, err = eventstore.Open(ctx, appending, eventstore.Options{AllowUnsafe: true}); err != nil {
		return nil, err
	}
	h.closers = append(h.closers, h.log.Close)
	pool, err := pgxpool.New(ctx, f.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	h.closers = append(h.closers, pool.Close)
	client, err := waitingroom.Connect(f.RedisURL)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, func() { _ = client.Close() })
	h.Rooms, err = waitingroom.New(pool, client, waitingroom.Options{
		Clock: h.log.Clock, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	return h, err
}

func (h *house) close() {
	for _, closer := range slices.Backward(h.closers) {
		closer()
	}
}

// settings returns those that a concert's room has, or will open with.
func (h *house) settings(ctx context.Context, id domain.ConcertID) (waitingroom.Settings, error) {
	status, opened, err := h.StatusOf(ctx, id)
	if err != nil || opened {
		return waitingroom.Settings{Capacity: int(status.Capacity), Session: status.Session}, err
	}
	events, err := h.log.ReadStream(ctx, concert.Category+"-"+string(id), 0, 1)
	if err != nil {
		return waitingroom.Settings{}, err
	}
	if len(events) == 0 {
		return waitingroom.Settings{}, fmt.Errorf("there is no concert %s: GET /v1/concerts lists them", id)
	}
	event, err := concert.Decode(events[0].Type, events[0].Payload)
	if err != nil {
		return waitingroom.Settings{}, err
	}
	announced, is := event.(concert.Announced)
	if !is {
		return waitingroom.Settings{}, fmt.Errorf("concert %s begins with %s", id, events[0].Type)
	}
	return waitingroom.Settings{Capacity: announced.Queue.Capacity, Session: announced.Queue.Session()}, nil
}

// concertArgument names a concert.
type concertArgument struct {
	Concert string `arg:"" help:"Id of the concert."`
}

func (a concertArgument) check() error {
	if id, err := uuid.Parse(a.Concert); err != nil || id.String() != a.Concert {
		return fmt.Errorf("%q is not the id of a concert, which looks like 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d", a.Concert)
	}
	return nil
}

func (a concertArgument) id() domain.ConcertID { return domain.ConcertID(a.Concert) }

// shownRoom is a room as it is printed, in the words of the HTTP contract.
type shownRoom struct {
	ConcertID      domain.ConcertID    `json:"concertId"`
	Capacity       int64               `json:"capacity"`
	SessionSeconds int64               `json:"sessionSeconds"`
	Active         int64               `json:"active"`
	Called         int64               `json:"called"`
	Waiting        int64               `json:"waiting"`
	Serving        int64               `json:"serving"`
	Issued         int64               `json:"issued"`
	RatePerMinute  float64             `json:"ratePerMinute"`
	Losses         int64               `json:"losses"`
	Closed         bool                `json:"closed"`
	Closure        waitingroom.Closure `json:"closure,omitempty"`
	Reachable      bool                `json:"reachable"`
}

func shown(s waitingroom.Status) shownRoom {
	return shownRoom{
		ConcertID: s.ConcertID, Capacity: s.Capacity, SessionSeconds: int64(s.Session / time.Second),
		Active: s.Active, Called: s.Called, Waiting: s.Waiting, Serving: s.Serving, Issued: s.Issued,
		RatePerMinute: s.RatePerMinute, Losses: s.Losses,
		Closed: s.Closure != waitingroom.Open, Closure: s.Closure, Reachable: s.Reachable,
	}
}

// print writes rooms as a table, or as a JSON object each.
func (f queueFlags) print(stdout io.Writer, rooms ...waitingroom.Status) error {
	if f.JSON {
		encoder := json.NewEncoder(stdout)
		for _, room := range rooms {
			if err := encoder.Encode(shown(room)); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "concert\tcapacity\tsession\tinside\tcalled\twaiting\tserving\tper minute\tqueue")
	for _, r := range rooms {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%d\t%d\t%d\t%.1f\t%s\n", r.ConcertID, r.Capacity, r.Session,
			r.Active, r.Called, r.Waiting, r.Serving, r.RatePerMinute, queueWord(r))
	}
	return table.Flush()
}

// queueWord says how a queue is.
func queueWord(s waitingroom.Status) string {
	word := map[waitingroom.Closure]string{
		waitingroom.Open: "open", waitingroom.SoldOut: "sold out", waitingroom.ByOperator: "closed",
	}[s.Closure]
	if !s.Reachable {
		word += ", Redis is away"
	}
	return word
}
