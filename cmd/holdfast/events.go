package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/replay"
)

// eventsCommands ask the log. None of them can change anything.
type eventsCommands struct {
	Tail    eventsTailCommand    `cmd:"" help:"Show events as they are recorded."`
	Export  eventsExportCommand  `cmd:"" help:"Write events as NDJSON, CSV or Parquet."`
	Count   eventsCountCommand   `cmd:"" help:"Count events by type, category, stream, actor or time."`
	Stream  eventsStreamCommand  `cmd:"" help:"Tell what happened to one seat, reservation, wallet, …"`
	State   eventsStateCommand   `cmd:"" help:"Show what something was at a moment."`
	Seatmap eventsSeatmapCommand `cmd:"" help:"Show the seats of a performance at a moment."`
	Diff    eventsDiffCommand    `cmd:"" help:"Show what changed between two moments."`
	Fold    eventsFoldCommand    `cmd:"" help:"Fold events with expressions of your own."`
}

// Help says what all of them have in common.
func (eventsCommands) Help() string {
	return `All of them read the log as the role holdfast_reader, in read-only transactions: the login of DATABASE_URL only needs to be a member of it, and the database may be a standby.

A moment is a position (1042), a time (2026-11-27T20:15:00Z, "2026-11-27 20:15", 2026-11-27; UTC unless it says otherwise), how long ago by the store's clock (90m), or head. Ranges include both positions; of times they include the first and not the last.

Names may end with a star: --type 'seat.*'.`
}

// readerFlags open the log for reading.
type readerFlags struct {
	databaseFlag
}

// Validate says what is wrong with the flags.
func (f readerFlags) Validate() error { return checkDatabase(f.DatabaseURL) }

// ask opens the log, lets a question read it, and closes it.
func (f readerFlags) ask(ctx context.Context, question func(log askedLog) error) error {
	survivePipe()
	pool, err := eventstore.Connect(ctx, f.DatabaseURL, eventstore.RoleReader)
	if err != nil {
		return err
	}
	defer pool.Close()
	// Durability is the concern of whoever writes.
	log, err := eventstore.Open(ctx, pool, eventstore.Options{AllowUnsafe: true})
	if err != nil {
		return adviseOnDatabase(err)
	}
	defer log.Close()
	veil, err := projections.ForgottenUsers(ctx, pool)
	if err != nil {
		return err
	}
	return question(askedLog{log, veil})
}

// historyOf replays a log with the folds that commands decide on.
func historyOf(log askedLog) replay.History {
	return replay.History{Log: log, Fold: command.Model().Fold}
}

// selectFlags narrow events down.
type selectFlags struct {
	Stream   []string `env:"HOLDFAST_EVENTS_STREAM" placeholder:"NAME" help:"Only events of these streams: seat-PERFORMANCE-7, 'seat-PERFORMANCE-*', wallet-USER, …"`
	Category []string `env:"HOLDFAST_EVENTS_CATEGORY" placeholder:"NAME" help:"Only events of these categories: seat, reservation, wallet, admission, performance, concert, user."`
	Type     []string `env:"HOLDFAST_EVENTS_TYPE" placeholder:"NAME" help:"Only events of these types: seat.held.v1, 'seat.*', …"`
	Actor    []string `env:"HOLDFAST_EVENTS_ACTOR" placeholder:"NAME" help:"Only events of these actors: user:ID, admin:NAME, 'system:*', …"`
}

// Validate refuses names that no event can have.
func (f selectFlags) Validate() error {
	for flag, names := range map[string][]string{
		"--stream": f.Stream, "--category": f.Category, "--type": f.Type, "--actor": f.Actor,
	} {
		for _, name := range names {
			switch {
			case name == "":
				return fmt.Errorf("%s is empty", flag)
			case strings.ContainsRune(name, 0), strings.ContainsRune(strings.TrimSuffix(name, "*"), '*'):
				return fmt.Errorf("%s %q: a star stands at the end, for any ending", flag, name)
			}
		}
	}
	return nil
}

func (f selectFlags) selection() eventstore.Selection {
	return eventstore.Selection{
		Streams: f.Stream, Categories: f.Category, Types: f.Type, Actors: f.Actor, UpTo: math.MaxInt64,
	}
}

// rangeFlags narrow events down to a part of the log.
type rangeFlags struct {
	From replay.When `env:"HOLDFAST_EVENTS_FROM" placeholder:"MOMENT" help:"Begin with this position, or at this time (default: the beginning)."`
	To   replay.When `env:"HOLDFAST_EVENTS_TO" placeholder:"MOMENT" help:"End with this position, or before this time (default: the end of the log at the moment)."`
}

// within narrows a selection down to the range. Open reports that it ends where
// the log does.
func (f rangeFlags) within(ctx context.Context, log askedLog, s eventstore.Selection) (selected eventstore.Selection, open bool, err error) {
	span, err := replay.Range(ctx, log, f.From, f.To)
	s.After, s.UpTo = span.After, span.UpTo
	return s, span.Open, err
}

// atFlag is the moment of a question about the past.
type atFlag struct {
	At replay.When `env:"HOLDFAST_EVENTS_AT" placeholder:"MOMENT" help:"Moment to look at: a position, a time, how long ago, or head (default head)."`
}

// jsonFlag asks for what a program reads.
type jsonFlag struct {
	JSON bool `name:"json" env:"HOLDFAST_EVENTS_JSON" help:"Print JSON: one object, or one a line."`
}

// sentence tells an event to a person. One that this program does not know is
// shown as it stands.
func sentence(e eventstore.Event) string {
	text, err := replay.Sentence(e)
	if err != nil {
		return fmt.Sprintf("%s of %s: %s", e.Type, e.Stream, e.Payload)
	}
	return text
}

// writeStory writes one line of a story.
func writeStory(w io.Writer, e eventstore.Event) error {
	_, err := fmt.Fprintf(w, "%8d  %s  %s\n", e.Position, e.RecordedAt.Format("2006-01-02 15:04:05.000"), sentence(e))
	return err
}

// moment is a moment as it is shown.
func moment(m replay.Moment) string {
	return fmt.Sprintf("position %d, %s", m.Position, m.At.UTC().Format("2006-01-02 15:04:05.000 UTC"))
}
