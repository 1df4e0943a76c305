package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
	"github.com/holdfast-dev/holdfast/internal/gctune"
	"github.com/holdfast-dev/holdfast/internal/progress"
)

type eventsExportCommand struct {
	readerFlags
	selectFlags
	rangeFlags
	progressFlag
	Format    string `env:"HOLDFAST_EVENTS_FORMAT" enum:"auto,ndjson,csv,parquet" default:"auto" placeholder:"FORMAT" help:"ndjson, csv, parquet, or auto, which goes by the name of the file and is ndjson without one (default auto)."`
	Output    string `short:"o" env:"HOLDFAST_EVENTS_OUTPUT" placeholder:"FILE" help:"File to write; standard output without one, and for -."`
	Overwrite bool   `env:"HOLDFAST_EVENTS_OVERWRITE" help:"Replace the file if it is there, once the export is whole."`
	Restart   bool   `env:"HOLDFAST_EVENTS_RESTART" help:"Begin anew instead of going on with an unfinished export."`
	Quiet     bool   `short:"q" env:"HOLDFAST_EVENTS_QUIET" help:"Show no progress."`
}

// Help shows examples, and says what happens to a file.
func (eventsExportCommand) Help() string {
	return `Columns: position, stream, version, category, type, recorded_at, actor, command, correlation, payload; the text formats also have traceparent and tag. The payload is the event's JSON.

A file gets its name when it is whole. Until then it is FILE.part, with its progress in FILE.part.json: after an interruption, the same command goes on there and ends in the same bytes.

    holdfast events export > events.ndjson
    holdfast events export --category seat --from 2026-11-27 --to 2026-11-28 -o seats.parquet
    holdfast events export --type 'wallet.*' --format csv | head`
}

// Validate says what is wrong with the flags.
func (c eventsExportCommand) Validate() error {
	var wrong error
	if c.toStream() && (c.Overwrite || c.Restart) {
		wrong = errors.New("--overwrite and --restart are about a file: name it with --output")
	}
	return errors.Join(wrong, c.selectFlags.Validate(), c.readerFlags.Validate())
}

// toStream reports whether standard output is written, and no file.
func (c eventsExportCommand) toStream() bool { return c.Output == "" || c.Output == "-" }

// exportMemory is what the process may take. What lives is a few pages of the
// log, and a row group of Parquet.
const exportMemory = 200 << 20

// Run exports.
func (c eventsExportCommand) Run(ctx context.Context, stdout io.Writer) error {
	gctune.Limit(exportMemory)
	return c.ask(ctx, func(log askedLog) error {
		selection, open, err := c.within(ctx, log, c.selection())
		if err != nil {
			return err
		}
		report := c.report(selection)
		opts := export.Options{
			Format: c.format(), Selection: selection, Forgotten: log.veil.Len(),
			Progress: func(p export.Progress) { report.At(int64(p.Position - selection.After)) },
		}
		if c.toStream() {
			_, err := export.ToStream(ctx, log, stdout, opts)
			report.End(err)
			return err
		}
		result, err := export.ToFile(ctx, log, c.Output, export.FileOptions{
			Options: opts, OpenEnd: open, Overwrite: c.Overwrite, Restart: c.Restart,
		})
		report.End(err)
		return c.conclude(ctx, result, err)
	})
}

// report begins to show progress over the range of positions.
func (c eventsExportCommand) report(s eventstore.Selection) *progress.Report {
	if c.Quiet {
		c.Progress = progress.None
	}
	return c.start("export", max(int64(s.UpTo-s.After), 0))
}

// conclude says what came of a file, on standard error, and what to do about
// an error.
func (c eventsExportCommand) conclude(ctx context.Context, result export.Result, err error) error {
	switch {
	case errors.Is(err, export.ErrExists):
		return fmt.Errorf("%w: name another file, or pass --overwrite", err)
	case errors.Is(err, export.ErrOtherExport):
		return fmt.Errorf("%w\nGo on with the same flags, or begin anew with --restart", err)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted at position %d: the same command goes on with %s.part", result.Position, c.Output)
	case err != nil || c.Quiet:
		return err
	}
	resumed := ""
	if result.ResumedAfter > 0 {
		resumed = fmt.Sprintf(", continued after position %d", result.ResumedAfter)
	}
	_, err = fmt.Fprintf(os.Stderr, "%s: %d events, %d bytes%s\n", c.Output, result.Events, result.Bytes, resumed)
	return err
}

// format is what was asked for, or what the file is named after.
func (c eventsExportCommand) format() export.Format {
	if c.Format != "auto" {
		return export.Format(c.Format)
	}
	switch strings.ToLower(filepath.Ext(c.Output)) {
	case ".csv":
		return export.CSV
	case ".parquet":
		return export.Parquet
	}
	return export.NDJSON
}
