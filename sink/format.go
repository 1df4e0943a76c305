package sink

import (
	"fmt"
	"io"
	"slices"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// Format is what the files of a dataset are.
type Format string

// Formats, by their file extensions.
const (
	// Parquet is columns, compressed with zstd.
	Parquet Format = "parquet"
	// NDJSON is a JSON object a line, as plain text.
	NDJSON Format = "ndjson"
	// NDJSONGzip is the same, compressed with gzip.
	NDJSONGzip Format = "ndjson.gz"
)

// Formats are all there are, the default first.
var Formats = []Format{Parquet, NDJSON, NDJSONGzip}

func (f Format) check() error {
	if slices.Contains(Formats, f) {
		return nil
	}
	return fmt.Errorf("format %q is none of parquet, ndjson and ndjson.gz", f)
}

// origin is where the rows of a file come from, for whoever looks into it.
type origin struct {
	source  string
	offsets string
}

// encode writes rows as a whole file.
func (f Format) encode(out io.Writer, rows []*parquetrow.Row, from origin) error {
	switch f {
	case Parquet:
		return encodeParquet(out, rows, from)
	case NDJSONGzip:
		return encodeGzip(out, rows)
	case NDJSON:
		return encodeNDJSON(out, rows)
	}
	return f.check()
}
