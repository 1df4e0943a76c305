package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/holdfast-dev/holdfast/eventstore"
)

type eventsCountCommand struct {
	readerFlags
	selectFlags
	rangeFlags
	jsonFlag
	By  []string `env:"HOLDFAST_EVENTS_BY" enum:"type,category,stream,actor,minute,hour,day" default:"type" placeholder:"WHAT" help:"What to count by: type, category, stream, actor, minute, hour, day; several, if separated by commas (default type)."`
	Top int      `env:"HOLDFAST_EVENTS_TOP" placeholder:"N" help:"Only the so many largest groups, the largest first; 0 is all, in the order of their names (default 0)."`
}

// Help shows examples.
func (eventsCountCommand) Help() string {
	return `Times are UTC, and are shown by their beginning.

    holdfast events count
    holdfast events count --by hour,type --from 2026-11-27 --json
    holdfast events count --by stream --category seat --top 10    # the hottest seats`
}

// Validate says what is wrong with the flags.
func (c eventsCountCommand) Validate() error {
	var wrong error
	if c.Top < 0 {
		wrong = fmt.Errorf("--top must not be negative, as %d is", c.Top)
	}
	return errors.Join(wrong, c.selectFlags.Validate(), c.readerFlags.Validate())
}

// Run counts.
func (c eventsCountCommand) Run(ctx context.Context, stdout io.Writer) error {
	return c.ask(ctx, func(log askedLog) error {
		selection, _, err := c.within(ctx, log, c.selection())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		write := func(count eventstore.Count) error { return c.write(table, count) }
		if c.JSON {
			write = func(count eventstore.Count) error { return c.writeJSON(stdout, count) }
		}
		if c.Top == 0 {
			err = log.CountBy(ctx, selection, c.By, write)
		} else {
			err = c.top(ctx, log, selection, write)
		}
		return errors.Join(err, table.Flush())
	})
}

// top writes the largest groups. It holds no more than it shows.
func (c eventsCountCommand) top(ctx context.Context, log askedLog, s eventstore.Selection, write func(eventstore.Count) error) error {
	var largest []eventstore.Count
	err := log.CountBy(ctx, s, c.By, func(count eventstore.Count) error {
		at, _ := slices.BinarySearchFunc(largest, count, func(a, b eventstore.Count) int {
			return cmp.Or(cmp.Compare(b.Events, a.Events), slices.Compare(a.Key, b.Key))
		})
		if at < c.Top {
			largest = slices.Insert(largest, at, count)
			largest = largest[:min(len(largest), c.Top)]
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, count := range largest {
		if err := write(count); err != nil {
			return err
		}
	}
	return nil
}

func (eventsCountCommand) write(table io.Writer, count eventstore.Count) error {
	_, err := fmt.Fprintf(table, "%s\t%d\n", strings.Join(count.Key, "\t"), count.Events)
	return err
}

// writeJSON writes a group as an object with a member for each of its names.
func (c eventsCountCommand) writeJSON(w io.Writer, count eventstore.Count) error {
	members := make([]member, 0, len(c.By)+1)
	for i, name := range c.By {
		members = append(members, member{name, count.Key[i]})
	}
	return writeObject(w, append(members, member{"events", count.Events}))
}

// member is one of an object that keeps their order.
type member struct {
	name  string
	value any
}

// object makes JSON text of members, in their order.
func object(members []member) (json.RawMessage, error) {
	text := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		text = append(append(append(text, name...), ':'), value...)
	}
	return append(text, '}'), nil
}

// writeObject writes members as a line of JSON.
func writeObject(w io.Writer, members []member) error {
	text, err := object(members)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
