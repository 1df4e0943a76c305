package waitingroom

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/domain"
)

// session is an admission whose end has not come.
type session struct {
	number int64
	user   member
	ends   time.Time
}

// begin notes an admission before it is handed out. It returns errMoved, and
// notes nothing, if the room has gone into another incarnation: the admission
// was claimed from a Redis that has been lost.
//
// The row of the room is locked against succeed but not against checkpoints
// (key share against update), so that a session is either seen by the
// restoration or refused here.
func (l ledger) begin(ctx context.Context, incarnation int64, p Place) error {
	tag, err := l.pool.Exec(ctx, `
		INSERT INTO holdfast_waiting.sessions (concert_id, admission_id, user_id, number, ends_at)
		SELECT concert_id, $3, $4, $5, $6
		FROM (SELECT concert_id FROM holdfast_waiting.rooms
		      WHERE concert_id = $1 AND incarnation = $2 FOR KEY SHARE) room
		ON CONFLICT (concert_id, admission_id) DO UPDATE SET ends_at = excluded.ends_at`,
		p.ConcertID, incarnation, p.AdmissionID, p.UserID, p.Number, p.AdmittedUntil)
	if err != nil {
		return fmt.Errorf("note admission: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errMoved
	}
	return nil
}

// end forgets an admission.
func (l ledger) end(ctx context.Context, p Place) error {
	_, err := l.pool.Exec(ctx, `
		DELETE FROM holdfast_waiting.sessions WHERE concert_id = $1 AND admission_id = $2`, p.ConcertID, p.AdmissionID)
	if err != nil {
		return fmt.Errorf("forget admission: %w", err)
	}
	return nil
}

// number returns the number that belongs to a session, and false if there is
// no such session.
func (l ledger) number(ctx context.Context, p Place) (int64, bool, error) {
	var number int64
	err := l.pool.QueryRow(ctx, `
		SELECT number FROM holdfast_waiting.sessions WHERE concert_id = $1 AND admission_id = $2`,
		p.ConcertID, p.AdmissionID).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("find admission: %w", err)
	}
	return number, true, nil
}

// succeed takes the room from one incarnation into the next: a compare-and-set,
// so that of several instances that noticed a loss one restores the room. The
// next incarnation draws from a block of its own, above every number that the
// one before may have drawn. It returns errMoved if another instance was
// first, else the room and its sessions under way.
func (l ledger) succeed(
	ctx context.Context, concert domain.ConcertID, from, block int64, now time.Time,
) (granted record, sessions []session, err error) {
	err = pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		// A lock that waits for admissions being noted, see begin.
		var standing int64
		err := tx.QueryRow(ctx,
			`SELECT incarnation FROM holdfast_waiting.rooms WHERE concert_id = $1 FOR UPDATE`, concert).Scan(&standing)
		if err != nil {
			return fmt.Errorf("lock waiting room: %w", err)
		}
		if standing != from {
			return errMoved
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO holdfast_waiting.losses (concert_id, incarnation, issued, floor, noticed_at)
			SELECT concert_id, incarnation, issued, ceiling, $2
			FROM holdfast_waiting.rooms WHERE concert_id = $1 AND incarnation > 0`, concert, now); err != nil {
			return fmt.Errorf("note loss of waiting room: %w", err)
		}
		granted, err = scanRecord(tx.QueryRow(ctx, `
			UPDATE holdfast_waiting.rooms
			SET incarnation = incarnation + 1, base = serving, floor = ceiling, ceiling = ceiling + $2
			WHERE concert_id = $1
			RETURNING `+recordColumns, concert, block))
		if err != nil {
			return fmt.Errorf("take waiting room into its next incarnation: %w", err)
		}
		if granted.gaps, err = readGaps(ctx, tx, concert); err != nil {
			return err
		}
		sessions, err = readSessions(ctx, tx, concert, now)
		return err
	})
	return granted, sessions, err
}

func readSessions(ctx context.Context, db querier, concert domain.ConcertID, now time.Time) ([]session, error) {
	rows, err := db.Query(ctx, `
		SELECT number, user_id, ends_at FROM holdfast_waiting.sessions
		WHERE concert_id = $1 AND ends_at > $2`, concert, now)
	if err != nil {
		return nil, fmt.Errorf("read admissions: %w", err)
	}
	sessions, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (session, error) {
		var s session
		return s, row.Scan(&s.number, (*[16]byte)(&s.user), &s.ends)
	})
	if err != nil {
		return nil, fmt.Errorf("read admissions: %w", err)
	}
	return sessions, nil
}
