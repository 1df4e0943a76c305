package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/holdfast-dev/holdfast/replay"
)

type eventsStateCommand struct {
	readerFlags
	atFlag
	jsonFlag
	Stream string `arg:"" help:"Name of the stream, or the id of a concert, performance, reservation, user (for the wallet) or admission."`
}

// Help shows examples, and says what a hold is.
func (eventsStateCommand) Help() string {
	return `The rules judge by the moment's time: a hold whose end had passed by then is over, whether or not that had been recorded. A time ahead shows what will be if nothing happens.

    holdfast events state wallet-01909d2a-3c4b-7d5e-8f60-718293a4b5c6 --at 2026-11-27T20:15:00Z
    holdfast events state seat-0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a11-7 --at 1042 --json`
}

// Run shows a state.
func (c eventsStateCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.ask(ctx, func(log askedLog) error {
		history := historyOf(log)
		stream, err := history.Stream(ctx, c.Stream)
		if err != nil {
			return err
		}
		at, err := c.At.Moment(ctx, log)
		if err != nil {
			return err
		}
		snapshot, err := history.Snapshot(ctx, stream, at)
		if err != nil {
			return err
		}
		fields, err := snapshot.Fields()
		if err != nil {
			return err
		}
		if c.JSON {
			return writeSnapshot(stdout, snapshot, fields)
		}
		table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintf(table, "%s at %s\n", stream, moment(at))
		for _, f := range fields {
			_, _ = fmt.Fprintf(table, "%s\t%s\n", spaced(f.Name), inWords(f.Value))
		}
		_, _ = fmt.Fprintf(table, "version\t%d, recorded %s\n", snapshot.Version, snapshot.Changed.Format("2006-01-02 15:04:05.000 UTC"))
		return table.Flush()
	})
}

func writeSnapshot(w io.Writer, s replay.Snapshot, fields []replay.Field) error {
	members := make([]member, len(fields))
	for i, f := range fields {
		members[i] = member{f.Name, f.Value}
	}
	state, err := object(members)
	if err != nil {
		return err
	}
	return writeObject(w, []member{
		{"stream", s.Stream},
		{"position", s.Moment.Position},
		{"at", s.Moment.At.UTC()},
		{"version", s.Version},
		{"recordedAt", s.Changed},
		{"state", state},
	})
}

// spaced writes the name of a member for a person: heldUntil is "held until".
func spaced(name string) string {
	var text strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			text.WriteByte(' ')
			r += 'a' - 'A'
		}
		text.WriteRune(r)
	}
	return text.String()
}

// inWords writes a value for a person.
func inWords(value any) string {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.000 UTC")
	case []int:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]")
	case json.RawMessage:
		return string(v)
	}
	return fmt.Sprint(value)
}
