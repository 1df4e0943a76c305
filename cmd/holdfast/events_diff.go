package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/replay"
)

type eventsDiffCommand struct {
	readerFlags
	jsonFlag
	From replay.When `required:"" env:"HOLDFAST_EVENTS_FROM" placeholder:"MOMENT" help:"The moment before."`
	To   replay.When `env:"HOLDFAST_EVENTS_TO" placeholder:"MOMENT" help:"The moment after (default head)."`
	Of   string      `arg:"" optional:"" help:"Id of a performance, for its seats; name of a stream, or its id; everything if it is left out."`
}

// Help shows examples.
func (eventsDiffCommand) Help() string {
	return `Of a performance, every seat that differs is shown; of a stream, every property that does; of everything, how many events of each type were recorded, and how the seats of each performance that they touched stood before and after.

    holdfast events diff --from 10m
    holdfast events diff --from "2026-11-27 20:00" --to 1042 0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a11
    holdfast events diff --from 2026-11-27 --to 2026-11-28 wallet-01909d2a-3c4b-7d5e-8f60-718293a4b5c6 --json`
}

// Run compares.
func (c eventsDiffCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.ask(ctx, func(log askedLog) error {
		from, err := c.From.Moment(ctx, log)
		if err != nil {
			return err
		}
		to, err := c.To.Moment(ctx, log)
		if err != nil {
			return err
		}
		if to.Position < from.Position {
			return fmt.Errorf("--to is before --from: %s and %s", moment(to), moment(from))
		}
		d := difference{history: historyOf(log), from: from, to: to, out: stdout, json: c.JSON}
		if c.Of == "" {
			return d.ofLog(ctx)
		}
		if id, ok := performanceID(c.Of); ok {
			err := d.ofSeats(ctx, id)
			if !errors.Is(err, replay.ErrNothing) {
				return err
			}
		}
		return d.ofStream(ctx, c.Of)
	})
}

// difference compares two moments and writes what differs.
type difference struct {
	history  replay.History
	from, to replay.Moment
	out      io.Writer
	json     bool
}

// writeJSON writes what differs, with its moments in front.
func (d difference) writeJSON(members ...member) error {
	shownMoment := func(m replay.Moment) any {
		return map[string]any{"position": m.Position, "at": m.At.UTC()}
	}
	return writeObject(d.out, append([]member{{"from", shownMoment(d.from)}, {"to", shownMoment(d.to)}}, members...))
}

// table begins a table for a person.
func (d difference) table() *tabwriter.Writer {
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "From %s\nTo   %s\n\n", moment(d.from), moment(d.to))
	return table
}

func (d difference) ofSeats(ctx context.Context, id domain.PerformanceID) error {
	seats, totals, err := d.history.DiffSeats(ctx, id, d.from, d.to)
	if err != nil {
		return err
	}
	if d.json {
		return d.writeJSON(member{"performanceId", id}, member{"totals", map[string]replay.Totals{"from": totals[0], "to": totals[1]}}, member{"seats", seats})
	}
	table := d.table()
	for _, s := range seats {
		_, _ = fmt.Fprintf(table, "seat %d\t%s\tnow %s\n", s.Number, seatWords(s.From), seatWords(s.To))
	}
	_, _ = fmt.Fprintf(table, "\n%d seats differ. Available %d, now %d; held %d, now %d; sold %d, now %d.\n", len(seats),
		totals[0].Available, totals[1].Available, totals[0].Held, totals[1].Held, totals[0].Sold, totals[1].Sold)
	return table.Flush()
}

// seatWords describes a seat to a person.
func seatWords(s replay.Seat) string {
	switch s.Status {
	case "":
		return "not on sale"
	case replay.Available:
		return s.Status
	}
	return fmt.Sprintf("%s by user %s, reservation %s", s.Status, s.UserID, s.ReservationID)
}

func (d difference) ofStream(ctx context.Context, name string) error {
	stream, err := d.history.Stream(ctx, name)
	if err != nil {
		return err
	}
	changes, err := d.history.DiffStream(ctx, stream, d.from, d.to)
	if err != nil {
		return err
	}
	if d.json {
		return d.writeJSON(member{"stream", stream}, member{"changes", changes})
	}
	table := d.table()
	for _, change := range changes {
		_, _ = fmt.Fprintf(table, "%s\t%s\tnow %s\n", spaced(change.Name), inWords(change.From), inWords(change.To))
	}
	_, _ = fmt.Fprintf(table, "\n%d properties of %s differ.\n", len(changes), stream)
	return table.Flush()
}

func (d difference) ofLog(ctx context.Context) error {
	all, err := d.history.DiffLog(ctx, d.from, d.to)
	if err != nil {
		return err
	}
	if d.json {
		types := make([]member, len(all.Types))
		for i, t := range all.Types {
			types[i] = member{t.Key[0], t.Events}
		}
		counted, err := object(types)
		if err != nil {
			return err
		}
		return d.writeJSON(member{"events", counted}, member{"performances", append([]replay.PerformanceChange{}, all.Performances...)})
	}
	table := d.table()
	for _, t := range all.Types {
		_, _ = fmt.Fprintf(table, "%s\t%d\n", t.Key[0], t.Events)
	}
	if len(all.Performances) > 0 {
		_, _ = fmt.Fprintf(table, "\nperformance\tevents\tavailable\theld\tsold\n")
	}
	for _, p := range all.Performances {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d → %d\t%d → %d\t%d → %d\n", p.PerformanceID, p.Events,
			p.From.Available, p.To.Available, p.From.Held, p.To.Held, p.From.Sold, p.To.Sold)
	}
	return table.Flush()
}
