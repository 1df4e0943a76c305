package sink

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// chunk is how many rows are handed to the encoder at a time.
const chunk = 512

// encodeParquet writes rows in the given order, which is declared as sorted by
// position.
func encodeParquet(out io.Writer, rows []*parquetrow.Row, from origin) error {
	w := parquet.NewGenericWriter[parquetrow.Row](out, append(parquetrow.Options(),
		parquet.KeyValueMetadata("holdfast.source", from.source),
		parquet.KeyValueMetadata("holdfast.offsets", from.offsets),
	)...)
	buffer := make([]parquetrow.Row, 0, chunk)
	for len(rows) > 0 {
		n := min(chunk, len(rows))
		for _, row := range rows[:n] {
			buffer = append(buffer, *row)
		}
		if _, err := w.Write(buffer); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		buffer, rows = buffer[:0], rows[n:]
	}
	return w.Close()
}
