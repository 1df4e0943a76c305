package projections

import (
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// Rows are written as one statement a table, whose parameters are the columns
// as arrays, all of a page in one round trip. Measured against COPY, which
// cannot update and needs a round trip a table: as fast with pages of up to a
// few hundred rows, which is what a step has, and up to 1.8 times slower with
// ten thousand. Ids travel as text and are cast by the server, so that an id
// that is none stops the projection.

// column returns one column of rows, as the array of a batched statement.
func column[R, V any](rows []R, value func(R) V) []V {
	values := make([]V, len(rows))
	for i, row := range rows {
		values[i] = value(row)
	}
	return values
}

// arrayText returns the text form of an integer array. Postgres has no arrays
// of arrays of different lengths, so a column of arrays travels as text.
func arrayText(numbers []int) string {
	text := make([]byte, 0, 2+4*len(numbers))
	text = append(text, '{')
	for i, n := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(n), 10)
	}
	return string(append(text, '}'))
}

// inconsistentError says that the tables do not hold what the log says they
// must.
type inconsistentError struct {
	table     string
	want, got int
}

// Error implements the error interface.
func (e *inconsistentError) Error() string {
	return fmt.Sprintf("table %s has %d of the %d rows that are to be changed: it does not agree with the log, rebuild it", e.table, e.got, e.want)
}

// exactly checks that a statement changed as many rows as there are.
func exactly(want int, table string) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		if got := int(tag.RowsAffected()); got != want {
			return &inconsistentError{table: table, want: want, got: got}
		}
		return nil
	}
}
