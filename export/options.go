package export

import (
	"cmp"
	"context"
	"fmt"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// Format is how events are written.
type Format string

// Formats, by the names that users know them by.
const (
	// NDJSON is one JSON object a line.
	NDJSON Format = "ndjson"
	// CSV is RFC 4180 with a line of names, and JSON text in the payload's column.
	CSV Format = "csv"
	// Parquet is one file of row groups; see package parquetrow.
	Parquet Format = "parquet"
)

// Log is what an export reads. [eventstore.Log] is one.
type Log interface {
	Select(ctx context.Context, s eventstore.Selection,
		visit func(eventstore.Event) error, passed func(eventstore.Position) error) error
	ScanPages(ctx context.Context, after, upTo eventstore.Position, open func() eventstore.Page) error
	Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error)
}

// Options say what is exported.
type Options struct {
	Format    Format
	Selection eventstore.Selection
	// Forgotten is how many users the log covers. A file that was begun while
	// there were fewer is not continued: it holds what must not be kept.
	Forgotten int
	// Progress, if there is one, is called often, never at the same time, and
	// must return at once.
	Progress func(Progress)

	// groupRows is how many rows a row group has, for tests. Default
	// [parquetrow.Group].
	groupRows int64
}

// Progress is how far an export has come.
type Progress struct {
	// Position is up to where the log has been searched.
	Position eventstore.Position
	// Events is how many have been written, earlier runs included.
	Events int64
	// Bytes is how many of them have been written, earlier runs included.
	Bytes int64
}

// Result is what an export came to.
type Result struct {
	Progress
	// ResumedAfter is the position at which an earlier run had arrived, 0 if
	// there was none.
	ResumedAfter eventstore.Position
}

func newEncoder(opts Options) (encoder, error) {
	switch opts.Format {
	case NDJSON:
		return ndjson{}, nil
	case CSV:
		return csvText{}, nil
	case Parquet:
		return newParquetFile(cmp.Or(opts.groupRows, parquetrow.Group)), nil
	}
	return nil, fmt.Errorf("format %q is none of ndjson, csv and parquet", opts.Format)
}
