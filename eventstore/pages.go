package eventstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

const (
	// scanPage is how many positions a page of a scan spans: large enough that
	// the query costs nothing beside its rows, small enough to hold no old
	// snapshot and little memory.
	scanPage = 2000
	// pagesAhead is how many pages are read while one is visited, each by a
	// backend of Postgres, which is where reading spends most of its time. Three
	// keep two processors busy where two left a tenth of them idle.
	pagesAhead = 3
)

// page is a range of the log as COPY sends it.
type page struct {
	last Position
	text []byte
	err  error
}

// Write takes one message of a COPY, which is one row.
func (p *page) Write(message []byte) (int, error) {
	p.text = append(p.text, message...)
	return len(message), nil
}

// scan visits a range in order. Pages are copied by connections that are given
// back before a page is visited, so a visit may use the pool as it likes.
// Without passed it ends where the log does; else it goes on up to the end of
// the range, and calls passed after each page.
func (l *Log) scan(
	ctx context.Context, shape rowShape, after, upTo Position, visit func(Event) error, passed func(Position) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	var ahead []chan *page
	read := func(into *page) {
		from := max(after, 0)
		after = min(from+scanPage, upTo)
		*into = page{last: after, text: into.text[:0]}
		done := make(chan *page, 1)
		ahead = append(ahead, done)
		readers.Go(func() {
			into.err = l.copyRange(ctx, shape.columns, from, into)
			done <- into
		})
	}
	if max(after, 0) < upTo {
		read(&page{})
	}
	var spare []*page
	for len(ahead) > 0 {
		current := <-ahead[0]
		ahead = ahead[1:]
		if current.err != nil {
			return current.err
		}
		for len(ahead) < pagesAhead && after < upTo {
			into := &page{}
			if last := len(spare) - 1; last >= 0 {
				into, spare = spare[last], spare[:last]
			}
			read(into)
		}
		reached, err := current.visit(shape.decode, visit)
		switch {
		case err != nil:
			return err
		case passed != nil:
			if err := passed(current.last); err != nil {
				return err
			}
		case reached < current.last:
			return nil
		}
		spare = append(spare, current)
	}
	return nil
}

// copyRange fills a page with what follows a position. COPY costs the database
// and the driver less than a query of the same rows.
func (l *Log) copyRange(ctx context.Context, columns string, after Position, into *page) error {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return unavailable("scan the log", err)
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyTo(ctx, into, fmt.Sprintf(`COPY (SELECT %s FROM holdfast.events
		WHERE position > %d AND position <= %d ORDER BY position) TO STDOUT (FORMAT binary)`, columns, after, into.last))
	if err != nil {
		return unavailable("scan the log", err)
	}
	return nil
}

var errNoCopy = errors.New("the database sends no COPY of events in binary form")

// copySignature is what a COPY in binary form begins with; flags and the length
// of an extension, both 0, follow.
const copySignature = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// visit calls a function for each row, and returns the position of the last.
func (p *page) visit(decode rowDecoder, visit func(Event) error) (reached Position, err error) {
	if len(p.text) < len(copySignature) || string(p.text[:len(copySignature)]) != copySignature {
		return 0, errNoCopy
	}
	var (
		rest  = p.text[len(copySignature):]
		raw   [][]byte
		names = interned{}
	)
	for {
		if raw, rest, err = nextRow(raw[:0], rest); err != nil || len(raw) == 0 {
			return reached, err
		}
		e, err := decode(raw, names)
		if err != nil {
			return reached, err
		}
		reached = e.Position
		if err := visit(e); err != nil {
			return reached, err
		}
	}
}

// nextRow appends the fields of the first row of a COPY to raw, none at its
// end. A field that is null is nil.
func nextRow(raw [][]byte, text []byte) (row [][]byte, rest []byte, err error) {
	if len(text) < 2 {
		return nil, nil, errNoCopy
	}
	fields := int16(binary.BigEndian.Uint16(text)) // -1 marks the end
	text = text[2:]
	for range fields {
		if len(text) < 4 {
			return nil, nil, errNoCopy
		}
		length := int(int32(binary.BigEndian.Uint32(text))) // -1 marks null
		text = text[4:]
		if length < 0 {
			raw = append(raw, nil)
			continue
		}
		if length > len(text) {
			return nil, nil, errNoCopy
		}
		raw, text = append(raw, text[:length:length]), text[length:]
	}
	return raw, text, nil
}
