package logcheck

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

const (
	// pageSize is how many events are read and decoded at a time.
	pageSize = 4096
	// pagesAhead is how many pages are decoded ahead of the fold.
	pagesAhead = 4
)

// selectEvents walks the primary key. It asks for what follows and not for a
// range, so that what is missing is noticed.
const selectEvents = `
SELECT position, version, recorded_at, command_id, command_size, stream, type, tag, payload
FROM holdfast.events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`

// source is where the log is read from, each time on a connection of its own.
type source struct{ config *pgx.ConnConfig }

func (s source) connected(ctx context.Context, read func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return read(conn)
}

// head returns the last position of the log.
func (s source) head(ctx context.Context) (head int64, err error) {
	err = s.connected(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT coalesce(max(position), 0) FROM holdfast.events`).Scan(&head)
	})
	return head, err
}

// event reads one event, which is there.
func (s source) event(ctx context.Context, position int64) (r record, err error) {
	err = s.connected(ctx, func(conn *pgx.Conn) error {
		page, err := readPage(ctx, conn, position-1, position, 1)
		if err == nil && len(page) == 0 {
			err = fmt.Errorf("event %d has gone meanwhile", position)
		}
		if err == nil {
			r = page[0]
		}
		return err
	})
	return r, err
}

// eachPage hands the log up to a position to visit, page by page in order.
// Pages are read by one goroutine and decoded by others ahead of the visit,
// which ends with visit's first error.
func (s source) eachPage(ctx context.Context, upTo int64, visit func([]record) error) error {
	group, ctx := errgroup.WithContext(ctx)
	pages := make(chan chan []record, pagesAhead)
	group.Go(func() error {
		defer close(pages)
		return s.connected(ctx, func(conn *pgx.Conn) error { return readAhead(ctx, conn, upTo, pages) })
	})
	group.Go(func() error {
		for page := range pages {
			if err := visit(<-page); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// readAhead sends the pages of the log, each as a promise of its decoded form.
func readAhead(ctx context.Context, conn *pgx.Conn, upTo int64, pages chan<- chan []record) error {
	for after := int64(-1); ; {
		page, err := readPage(ctx, conn, after, upTo, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].position
		decoded := make(chan []record, 1)
		select {
		case pages <- decoded:
		case <-ctx.Done():
			return ctx.Err()
		}
		go func() {
			for i := range page {
				decodeAhead(&page[i])
			}
			decoded <- page
		}()
	}
}

func readPage(ctx context.Context, conn *pgx.Conn, after, upTo int64, limit int) ([]record, error) {
	rows, err := conn.Query(ctx, selectEvents, after, upTo, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	page := make([]record, 0, limit)
	var text []byte
	for rows.Next() {
		raw := rows.RawValues()
		text = text[:0]
		for _, field := range raw[min(firstText, len(raw)):] {
			text = append(text, field...)
		}
		r, err := readRow(raw, string(text))
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// firstText is where the columns of text begin in a row.
const firstText = 5

// readRow reads a row in its binary form. What the driver owns is copied: text
// is one copy of all columns of text, which live and die together.
func readRow(raw [][]byte, text string) (record, error) {
	if len(raw) != 9 || len(raw[0]) != 8 || len(raw[1]) != 8 || len(raw[2]) != 8 {
		return record{}, fmt.Errorf("row of %d columns is not an event in binary form", len(raw))
	}
	stream := len(raw[firstText])
	eventType := stream + len(raw[firstText+1])
	tag := eventType + len(raw[firstText+2])
	r := record{
		position:   bigint(raw[0]),
		version:    bigint(raw[1]),
		recordedAt: epoch.Add(time.Duration(bigint(raw[2])) * time.Microsecond),
		stream:     text[:stream],
		eventType:  text[stream:eventType],
		tag:        text[eventType:tag],
		payload:    text[tag:],
	}
	if raw[3] != nil {
		r.commandID = (*[16]byte)(append([]byte(nil), raw[3]...))
	}
	if raw[4] != nil {
		r.commandSize = int(binary.BigEndian.Uint32(raw[4]))
	}
	return r, nil
}

// epoch is what binary timestamps count from, in microseconds.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func bigint(raw []byte) int64 { return int64(binary.BigEndian.Uint64(raw)) }
