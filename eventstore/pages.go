package eventstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// Page takes the events of one page of [Log.ScanPages].
type Page struct {
	// Add is called for each event, in order. The event's bytes are valid until
	// it returns.
	Add func(e Event) error
	// Done is called when the page has all events up to a position, and pages
	// before it are done.
	Done func(last Position) error
}

// ScanPages is [Log.Scan] for those who can turn events into something else on
// all processors at once. Each page gets its events as the database sends them,
// on a goroutine of its own and while other pages get theirs. Pages are opened,
// and done, in the order of the log, and never at the same time.
//
// Like [Log.Select] it ends at the range's last position, or where the log ended
// when it began. The first error of a page, in the order of the log, ends it.
func (l *Log) ScanPages(ctx context.Context, after, upTo Position, open func() Page) error {
	upTo, err := l.notBeyondHead(ctx, upTo)
	if err != nil {
		return err
	}
	empty := func() *addedRows { return &addedRows{page: open(), names: interned{}} }
	return readAhead(ctx, l, columns, after, upTo, empty, func(p *addedRows, last Position) (more bool, err error) {
		if p.err != nil {
			return false, p.err
		}
		return true, p.page.Done(last)
	})
}

// notBeyondHead returns the end of a range, or that of the log if it is before:
// pages behind it would be of different moments.
func (l *Log) notBeyondHead(ctx context.Context, upTo Position) (Position, error) {
	head, err := l.Head(ctx)
	return min(upTo, head.Position), err
}

// scan visits a range in order, and ends where the log does, or, if passed is
// given, at the end of the range. passed is called after each page.
func (l *Log) scan(
	ctx context.Context, shape rowShape, after, upTo Position, visit func(Event) error, passed func(Position) error,
) error {
	var spare []*keptRows
	empty := func() *keptRows {
		last := len(spare) - 1
		if last < 0 {
			return &keptRows{}
		}
		p := spare[last]
		p.text, spare = p.text[:0], spare[:last]
		return p
	}
	return readAhead(ctx, l, shape.columns, after, upTo, empty, func(p *keptRows, last Position) (more bool, err error) {
		reached, err := p.visit(shape.decode, visit)
		if err != nil {
			return false, err
		}
		spare = append(spare, p)
		if passed != nil {
			return true, passed(last)
		}
		return reached == last, nil
	})
}

// readAhead reads a range in pages, some of them at the same time, and visits
// them in order for as long as visit wants more. Pages are copied by connections
// that are given back before a page is visited, so a visit may use the pool as
// it likes.
func readAhead[P io.Writer](
	ctx context.Context, l *Log, columns string, after, upTo Position,
	empty func() P, visit func(p P, last Position) (more bool, err error),
) error {
	type reading struct {
		page P
		last Position
		done chan error
	}
	ctx, cancel := context.WithCancel(ctx)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	var ahead []reading
	after = max(after, 0)
	lead := 1 // until something is visited: the log may be short
	for more := true; more; {
		for len(ahead) < lead && after < upTo {
			from := after
			after = min(from+scanPage, upTo)
			r := reading{empty(), after, make(chan error, 1)}
			ahead = append(ahead, r)
			readers.Go(func() { r.done <- l.copyRange(ctx, columns, from, r.last, r.page) })
		}
		if len(ahead) == 0 {
			return nil
		}
		current := ahead[0]
		ahead = ahead[1:]
		err := <-current.done
		if err != nil {
			return err
		}
		if more, err = visit(current.page, current.last); err != nil {
			return err
		}
		lead = pagesAhead + 1
	}
	return nil
}

// copyRange fills a page with what follows a position. COPY costs the database
// and the driver less than a query of the same rows.
func (l *Log) copyRange(ctx context.Context, columns string, after, last Position, into io.Writer) error {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return unavailable("scan the log", err)
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyTo(ctx, into, fmt.Sprintf(`COPY (SELECT %s FROM holdfast.events
		WHERE position > %d AND position <= %d ORDER BY position) TO STDOUT (FORMAT binary)`, columns, after, last))
	if err != nil {
		return unavailable("scan the log", err)
	}
	return nil
}

var errNoCopy = errors.New("the database sends no COPY of events in binary form")

// copySignature is what a COPY in binary form begins with; flags and the length
// of an extension, both 0, follow.
const copySignature = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// addedRows are the rows of a [Page], which takes them while they are read.
type addedRows struct {
	page  Page
	begun bool
	raw   [][]byte
	names interned
	// err is the first error. What comes after it is passed over, because a COPY
	// that is broken off costs the connection.
	err error
}

// Write takes one message of a COPY, which is one row, or the end.
func (p *addedRows) Write(message []byte) (int, error) {
	if p.err == nil {
		p.err = p.add(message)
	}
	return len(message), nil
}

func (p *addedRows) add(message []byte) (err error) {
	if !p.begun {
		if message, p.begun = bytes.CutPrefix(message, []byte(copySignature)); !p.begun {
			return errNoCopy
		}
	}
	if p.raw, _, err = nextRow(p.raw[:0], message); err != nil || len(p.raw) == 0 {
		return err
	}
	e, err := decodeRow(p.raw, p.names)
	if err != nil {
		return err
	}
	return p.page.Add(e)
}

// keptRows are rows as COPY sends them, kept until they are visited.
type keptRows struct{ text []byte }

// Write takes one message of a COPY, which is one row.
func (p *keptRows) Write(message []byte) (int, error) {
	p.text = append(p.text, message...)
	return len(message), nil
}

// visit calls a function for each row, and returns the position of the last.
func (p *keptRows) visit(decode rowDecoder, visit func(Event) error) (reached Position, err error) {
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
