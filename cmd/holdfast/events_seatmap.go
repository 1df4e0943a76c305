package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/replay"
)

type eventsSeatmapCommand struct {
	readerFlags
	atFlag
	jsonFlag
	Performance string `arg:"" help:"Id of the performance."`
}

// Help shows examples.
func (eventsSeatmapCommand) Help() string {
	return `Shows what every seat of a performance was at a moment: available, held or sold.

    holdfast events seatmap 0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a11 --at "2026-11-27 20:01:30"
    holdfast events seatmap 0197d9a0-5b1c-7a3e-8f10-2d4b6c8e0a11 --at 10m --json | jq .totals`
}

// Validate says what is wrong with the arguments.
func (c eventsSeatmapCommand) Validate() error {
	if _, ok := performanceID(c.Performance); !ok {
		return fmt.Errorf("%q is not the id of a performance, a UUID in lower case", c.Performance)
	}
	return c.readerFlags.Validate()
}

// performanceID takes the id of a performance, or the name of its stream.
func performanceID(text string) (domain.PerformanceID, bool) {
	return domain.ParseID[domain.PerformanceID](strings.TrimPrefix(text, "performance-"))
}

// Run shows a seat map.
func (c eventsSeatmapCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.ask(ctx, func(log askedLog) error {
		at, err := c.At.Moment(ctx, log)
		if err != nil {
			return err
		}
		id, _ := performanceID(c.Performance)
		seats, err := historyOf(log).SeatMap(ctx, id, at)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeObject(stdout, []member{
				{"performanceId", id},
				{"position", at.Position},
				{"at", at.At.UTC()},
				{"date", seats.Performance.Date},
				{"totals", seats.Totals()},
				{"seats", seats.Seats},
			})
		}
		return drawSeats(stdout, seats)
	})
}

const seatsInARow = 50

// drawSeats draws a seat map for a person: a letter a seat, ten and ten.
func drawSeats(w io.Writer, m replay.SeatMap) error {
	totals := m.Totals()
	var text strings.Builder
	fmt.Fprintf(&text, "Performance %s on %s at %s\n%d available (.), %d held (h), %d sold (S)\n\n",
		m.PerformanceID, m.Performance.Date, moment(m.Moment), totals.Available, totals.Held, totals.Sold)
	for i, s := range m.Seats {
		switch {
		case i%seatsInARow == 0:
			fmt.Fprintf(&text, "%5d  ", s.Number)
		case i%10 == 0:
			text.WriteByte(' ')
		}
		text.WriteByte(map[string]byte{replay.Available: '.', replay.Held: 'h', replay.Sold: 'S'}[s.Status])
		if (i+1)%seatsInARow == 0 || i == len(m.Seats)-1 {
			text.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
