package eventstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxListenBackoff bounds the pause between attempts to listen again.
const maxListenBackoff = 5 * time.Second

// listen keeps one connection on the append notifications until ctx ends, and
// keeps the estimate of the store's clock fresh. Notifications are a hint:
// while the connection is down, readers find appends by polling.
func (l *Log) listen(ctx context.Context) {
	pause := l.opts.PollInterval
	for {
		err := l.listenOnce(ctx, func() { pause = l.opts.PollInterval })
		if ctx.Err() != nil {
			return
		}
		l.opts.Logger.WarnContext(ctx, "lost the connection that listens for appends; readers poll meanwhile",
			"error", err, "retry_in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, maxListenBackoff)
	}
}

// listenOnce listens on a connection of its own until that fails. It calls
// connected once it listens.
func (l *Log) listenOnce(ctx context.Context, connected func()) error {
	conn, err := l.listener(ctx)
	if err != nil {
		return err
	}
	defer closeQuickly(ctx, conn)
	connected()
	for {
		// What was appended before LISTEN took hold, or while nobody notified.
		if err := l.lookAround(ctx, conn); err != nil {
			return err
		}
		if err := l.awaitNotifications(ctx, conn); err != nil {
			return err
		}
	}
}

// listener returns a connection that listens.
func (l *Log) listener(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.AnswerTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, l.pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if _, err := conn.Exec(ctx, `LISTEN holdfast_log`); err != nil {
		closeQuickly(ctx, conn)
		return nil, fmt.Errorf("listen: %w", err)
	}
	return conn, nil
}

// closeQuickly says good-bye, and does not wait long for the answer.
func closeQuickly(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// lookAround reads the head of the log and the store's clock over conn.
func (l *Log) lookAround(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, l.opts.AnswerTimeout)
	defer cancel()
	known := l.signal.reach()
	var head Head
	if err := conn.QueryRow(ctx, headQuery).Scan(&head.Position, &head.Now); err != nil {
		return fmt.Errorf("read the head of the log: %w", err)
	}
	l.clock.set(head.Now.UTC())
	if head.Position < known {
		l.signal.retreat(known, head.Position)
	}
	l.signal.advance(head.Position)
	return nil
}

// awaitNotifications passes notifications on for one poll interval.
func (l *Log) awaitNotifications(ctx context.Context, conn *pgx.Conn) error {
	interval, cancel := context.WithTimeout(ctx, l.opts.PollInterval)
	defer cancel()
	for {
		notification, err := conn.WaitForNotification(interval)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			return nil
		case err != nil:
			return fmt.Errorf("wait for notification: %w", err)
		}
		if head, err := strconv.ParseInt(notification.Payload, 10, 64); err == nil {
			l.signal.advance(Position(head))
		}
	}
}
