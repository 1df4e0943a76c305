package http

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func TestFieldsOfAnythingElse(t *testing.T) {
	t.Parallel()
	require.Equal(t, []Field{{Detail: "does not fit the contract"}}, fieldsOf(errors.New("?")))
	require.Equal(t, []Field{{Detail: "does not fit the contract"}}, fieldsOf(openapi3.MultiError{errors.New("one"), errors.New("two")}))
}

// TestHostileObjectsAreCheap fills a body of the largest size with names that
// nobody knows.
func TestHostileObjectsAreCheap(t *testing.T) {
	t.Parallel()
	names := make([]string, 2000)
	for i := range names {
		names[i] = fmt.Sprintf(`"%d":1`, i)
	}
	value, _, err := decodeStrict([]byte("{" + strings.Join(names, ",") + "}"))
	require.NoError(t, err)
	schema := newContract(t).operations["holdSeats"].body
	started := time.Now()
	fields := fieldsOf(schema.VisitJSON(value, openapi3.MultiErrors()))
	require.Less(t, time.Since(started), time.Second)
	require.Len(t, fields, maxFields+1)
}

func TestDetailsSayWhatIsWanted(t *testing.T) {
	t.Parallel()
	schema := func(change func(*openapi3.Schema)) *openapi3.Schema {
		s := openapi3.NewStringSchema()
		change(s)
		return s
	}
	for want, s := range map[string]*openapi3.Schema{
		"must be one of [a b]":             schema(func(s *openapi3.Schema) { s.Enum = []any{"a", "b"} }),
		"must match ^x$":                   schema(func(s *openapi3.Schema) { s.Pattern = "^x$" }),
		"must have at least 3 characters":  schema(func(s *openapi3.Schema) { s.MinLength = 3 }),
		"must have at least 1 character":   schema(func(s *openapi3.Schema) { s.MinLength = 1 }),
		"must be a date like 2027-05-01":   schema(func(s *openapi3.Schema) { s.Format = "date" }),
		"must be true or false":            openapi3.NewBoolSchema(),
		"must be an object":                openapi3.NewObjectSchema(),
		"must be at most 9007199254740991": openapi3.NewInt64Schema().WithMax(1<<53 - 1),
		"must be a list":                   openapi3.NewArraySchema(),
	} {
		var value any = ""
		if s.Type.Is("integer") {
			value = int64(1 << 60)
		}
		require.Equal(t, want, fieldsOf(s.VisitJSON(value, openapi3.MultiErrors()))[0].Detail)
	}
}
