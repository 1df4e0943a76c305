package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/holdfast-dev/holdfast/replay/whatif"
)

type eventsFoldCommand struct {
	readerFlags
	selectFlags
	rangeFlags
	jsonFlag
	On      []string      `sep:"none" required:"" env:"HOLDFAST_EVENTS_ON" placeholder:"TYPE=EXPR" help:"What acc is after an event of the type. The first rule that matches counts; events without one are passed over."`
	Init    string        `env:"HOLDFAST_EVENTS_INIT" placeholder:"JSON" help:"What acc begins with (default 0)."`
	By      string        `env:"HOLDFAST_EVENTS_FOLD_BY" placeholder:"EXPR" help:"Fold each group of events by itself: those for which this is the same."`
	Where   string        `env:"HOLDFAST_EVENTS_WHERE" placeholder:"EXPR" help:"Only events for which this is true."`
	Result  string        `env:"HOLDFAST_EVENTS_RESULT" placeholder:"EXPR" help:"What is shown of acc in the end (default all of it)."`
	Timeout time.Duration `env:"HOLDFAST_EVENTS_TIMEOUT" default:"10m" placeholder:"DURATION" help:"Give up after this long (default 10m)."`
}

// Help teaches the expressions.
func (eventsFoldCommand) Help() string {
	return `Asks what a read model would show that does not exist. Expressions are those of https://expr-lang.org; they see acc, and of the event: payload, type, stream, category, position, version, at (a time), actor, command, correlation. Of an object that a rule returns, the members go into acc; anything else replaces it.

Sold and released seats of each performance:

    holdfast events fold --by payload.performanceId --init '{"sold": 0, "released": 0}' \
      --on 'seat.sold.v1={sold: acc.sold + 1}' --on 'seat.released.v1={released: acc.released + 1}'

How much money came in, by the hour:

    holdfast events fold --by 'at.Format("2006-01-02 15h")' --on 'wallet.charged.v1=acc + payload.amount'

What the takings had been with two euros off each seat from the third on:

    holdfast events fold --on 'reservation.confirmed.v1=acc + payload.amount - 200 * max(0, len(payload.seats) - 2)'`
}

// Validate says what is wrong with the flags.
func (c eventsFoldCommand) Validate() error {
	_, err := c.program()
	return errors.Join(err, positive("--timeout", c.Timeout), c.selectFlags.Validate(), c.readerFlags.Validate())
}

// program compiles the expressions.
func (c eventsFoldCommand) program() (*whatif.Program, error) {
	source := whatif.Source{Init: c.Init, By: c.By, Where: c.Where, Result: c.Result}
	for _, rule := range c.On {
		types, expression, found := strings.Cut(rule, "=")
		if !found || strings.TrimSpace(types) == "" {
			return nil, fmt.Errorf("--on %q is not TYPE=EXPRESSION", rule)
		}
		source.On = append(source.On, whatif.Rule{Types: strings.TrimSpace(types), Expression: expression})
	}
	return whatif.Compile(source)
}

var errTimeout = errors.New("the fold was not done in time: narrow it down, or give it a longer --timeout")

// Run folds.
func (c eventsFoldCommand) Run(ctx context.Context, stdout io.Writer) error {
	program, err := c.program()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, errTimeout)
	defer cancel()
	err = c.ask(ctx, func(log askedLog) error {
		selection, _, err := c.within(ctx, log, c.selection())
		if err != nil {
			return err
		}
		if len(selection.Types) == 0 {
			selection.Types = program.Types() // others have no rule
		}
		groups, err := program.Run(ctx, log, selection)
		if err != nil {
			return err
		}
		return c.write(stdout, groups)
	})
	if err != nil && errors.Is(context.Cause(ctx), errTimeout) {
		return errTimeout // whatever it was that ran out of time
	}
	return err
}

func (c eventsFoldCommand) write(stdout io.Writer, groups []whatif.Group) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, group := range groups {
		value, err := json.Marshal(group.Value)
		if err != nil {
			return fmt.Errorf("group %q is not JSON: %w", group.Key, err)
		}
		switch {
		case c.JSON:
			err = writeObject(stdout, []member{{"group", group.Key}, {"events", group.Events}, {"value", json.RawMessage(value)}})
		case c.By == "":
			_, err = fmt.Fprintf(table, "%s\n", value)
		default:
			_, err = fmt.Fprintf(table, "%s\t%s\n", group.Key, value)
		}
		if err != nil {
			return err
		}
	}
	return table.Flush()
}
