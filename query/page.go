package query

import (
	"encoding/base64"
	"encoding/binary"
	"math"

	"github.com/holdfast-dev/holdfast/domain"
)

// latest bounds the lists that have no pages.
const latest = 1_000

// DefaultPageSize and MaxPageSize say how many entries a page has.
const (
	DefaultPageSize = 50
	MaxPageSize     = 200
)

// Page says which part of a list is asked for. The zero Page is the beginning.
type Page struct {
	// Cursor is the Next of the page before, empty for the first page.
	Cursor string
	// Limit is how many entries the page has at most: 1 to [MaxPageSize], or 0
	// for [DefaultPageSize].
	Limit int
}

// bounds returns the position before which the page begins and its size, or
// refuses with invalid_request.
func (p Page) bounds() (before int64, limit int, err error) {
	limit = p.Limit
	if limit == 0 {
		limit = DefaultPageSize
	}
	if limit < 1 || limit > MaxPageSize {
		return 0, 0, domain.Invalid(domain.FieldError{Pointer: "/limit", Detail: "must be from 1 to 200"})
	}
	if p.Cursor == "" {
		return math.MaxInt64, limit, nil
	}
	before, ok := readCursor(p.Cursor)
	if !ok {
		return 0, 0, domain.Invalid(domain.FieldError{Pointer: "/cursor", Detail: "must be the cursor of a page"})
	}
	return before, limit, nil
}

// cursorVersion begins every cursor, so that its meaning can change.
const cursorVersion = 1

// writeCursor names the page that goes on before a position. Clients must not
// look into it.
func writeCursor(before Position) string {
	raw := binary.AppendUvarint([]byte{cursorVersion}, uint64(before))
	return base64.RawURLEncoding.EncodeToString(raw)
}

func readCursor(cursor string) (before int64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < 2 || raw[0] != cursorVersion {
		return 0, false
	}
	position, _ := binary.Uvarint(raw[1:])
	if position == 0 || position > math.MaxInt64 {
		return 0, false
	}
	// Of all the spellings that decoders let pass, one is ours.
	return int64(position), cursor == writeCursor(Position(position))
}
