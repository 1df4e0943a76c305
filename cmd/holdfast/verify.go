package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
	"text/tabwriter"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/holdfast-dev/holdfast/internal/gctune"
	"github.com/holdfast-dev/holdfast/internal/logcheck"
	"github.com/holdfast-dev/holdfast/internal/progress"
)

type verifyCommand struct {
	databaseFlag
	progressFlag
	JSON bool `name:"json" help:"Print the figures, or the event that breaks a rule, as one JSON object."`
}

// Help says what is proved, and how.
func (verifyCommand) Help() string {
	return `Reads every event of the live log once, in order, and holds it against what must always be true, with code that shares nothing with the engine:

  - a seat has at most one live holder, and nothing follows its sale;
  - a hold ends exactly once, and none is paid for at or after its end;
  - a balance is the sum of its charges and payments, and never negative;
  - each payment occurs once, sells exactly the seats that were held, at their price, and spends an admission to their concert;
  - positions and the versions of each stream count up without a gap.

It prints what the log adds up to. The first event that breaks a rule is named, and the exit code is 1. The sale may go on meanwhile; nothing is written and nothing is held back. Memory does not grow with the log; what must be compared over a long distance goes through temporary files (TMPDIR), about 60 bytes an event.

    holdfast verify
    holdfast verify --json | jq .moneyIn`
}

// Validate says what is wrong with the flags.
func (c verifyCommand) Validate() error { return checkDatabase(c.DatabaseURL) }

// verifyMemory is what the process may take. What lives is a few tens of
// megabytes.
const verifyMemory = 200 << 20

// Run verifies.
func (c verifyCommand) Run(ctx context.Context, stdout io.Writer) error {
	gctune.Limit(verifyMemory)
	var report *progress.Report
	var begin sync.Once
	started := time.Now()
	figures, err := logcheck.Verify(ctx, c.DatabaseURL, func(position, head int64) {
		begin.Do(func() { report = c.start("verify", head) })
		report.At(position)
	})
	if report != nil {
		report.End(err)
	}
	broken, isBroken := errors.AsType[*logcheck.RuleError](err)
	if err != nil && !isBroken {
		return adviseOnDatabase(err)
	}
	if c.JSON {
		return errors.Join(err, json.NewEncoder(stdout).Encode(verdictOf(figures, broken)))
	}
	if isBroken {
		return fmt.Errorf("%w\nSee what led to it with: holdfast events stream %s", broken, broken.Stream)
	}
	return writeFigures(stdout, figures, time.Since(started))
}

// verdict is what a machine reads.
type verdict struct {
	Sound bool `json:"sound"`
	logcheck.Figures

	Broken *brokenRule `json:"broken,omitempty"`
}

// brokenRule is the first event that breaks a rule.
type brokenRule struct {
	Rule     string `json:"rule"`
	Position int64  `json:"position"`
	Stream   string `json:"stream"`
	Version  int64  `json:"version"`
	Type     string `json:"type"`
	Detail   string `json:"detail"`
}

func verdictOf(figures logcheck.Figures, broken *logcheck.RuleError) verdict {
	v := verdict{Sound: broken == nil, Figures: figures}
	if broken != nil {
		v.Broken = &brokenRule{
			Rule: string(broken.Rule), Position: broken.Position, Stream: broken.Stream,
			Version: broken.Version, Type: broken.Type, Detail: broken.Detail,
		}
	}
	return v
}

// writeFigures prints a sound log's figures for a person.
func writeFigures(stdout io.Writer, f logcheck.Figures, took time.Duration) error {
	p := message.NewPrinter(language.English)
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"events", p.Sprintf("%d in %d streams", f.Events, f.Streams)},
		{"recorded", span(f.From, f.To)},
		{"performances", p.Sprintf("%d with %d seats", f.Performances, f.SeatsOffered)},
		{"seats", p.Sprintf("%d sold, %d held", f.SeatsSold, f.SeatsHeld)},
		{"reservations", p.Sprintf("%d confirmed, %d cancelled, %d expired, %d open",
			f.Reservations.Confirmed, f.Reservations.Cancelled, f.Reservations.Expired, f.Reservations.Open)},
		{"money in", p.Sprintf("%s in %d charges", grouped(p, f.MoneyIn), f.Charges)},
		{"money out", p.Sprintf("%s in %d payments", grouped(p, f.MoneyOut), f.Payments)},
		{"in wallets", p.Sprintf("%s in %d wallets", grouped(p, f.Balance), f.Wallets)},
		{"admissions", p.Sprintf("%d spent, %d given up", f.AdmissionsSpent, f.AdmissionsGivenUp)},
	} {
		_, _ = fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	_, _ = fmt.Fprintf(table, "\nThe log is sound: every rule holds for every event (%s).\n", took.Round(time.Millisecond))
	return table.Flush()
}

// grouped writes a sum with its thousands apart, as far as the printer can.
func grouped(p *message.Printer, n *big.Int) string {
	if n.IsInt64() {
		return p.Sprintf("%d", n.Int64())
	}
	return n.String()
}

func span(from, to time.Time) string {
	if from.IsZero() {
		return "nothing yet"
	}
	return from.UTC().Format(time.RFC3339) + " to " + to.UTC().Format(time.RFC3339)
}
