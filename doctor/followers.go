package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// The kinds of followers.
const (
	readModel = "read model"
	relay     = "relay"
	reactor   = "reactor"
)

// defaultRelay is the checkpoint that commands about the relay are about unless
// they are told another name.
const defaultRelay = "kafka"

// follower is something that reads the log and remembers how far.
type follower struct {
	Kind     string // readModel, relay or reactor
	Name     string
	Position int64
	// EventAt is when the event at Position was recorded, as the follower knows
	// it; nil for none. RecordedAt is what the log says, nil if it has no such
	// event.
	EventAt    *time.Time
	RecordedAt *time.Time
	// Trouble is what the follower itself says to be wrong, "" if nothing.
	Trouble string
}

// followersOf are the tables in which followers remember, each with a query
// that lists kind, name, position, event_at and trouble.
func followersOf() map[string]string {
	return map[string]string{
		"holdfast_read.checkpoints": `
SELECT 'read model' AS kind, projection::text AS name, position, event_at, coalesce(stopped, '') AS trouble
FROM holdfast_read.checkpoints WHERE place = 'holdfast_read'`,
		"holdfast_relay.checkpoints": `
SELECT 'relay' AS kind, name, position, event_at, coalesce(trouble, '') AS trouble FROM holdfast_relay.checkpoints`,
		"holdfast_reactors.offsets": `
SELECT 'reactor' AS kind, reactor::text AS name, position, event_at, '' AS trouble FROM holdfast_reactors.offsets`,
	}
}

const compareWithLog = `
SELECT f.kind, f.name, f.position, f.event_at, e.recorded_at, f.trouble
FROM (%s) AS f LEFT JOIN holdfast.events e ON e.position = f.position ORDER BY f.kind, f.name`

const headOfLog = `SELECT coalesce(max(position), 0) FROM holdfast.events`

// lookAtFollowers finds followers that have stopped, stand still, or remember a
// log that is not this one.
func lookAtFollowers(ctx context.Context, e *examination) ([]Finding, error) {
	query, err := listOfFollowers(ctx, e)
	if err != nil || query == "" {
		return fine("none is there"), err
	}
	before, err := rows[follower](ctx, e, query)
	if err != nil {
		return nil, err
	}
	head, err := headNow(ctx, e)
	if err != nil {
		return nil, err
	}
	after, watched := before, time.Duration(0)
	if anyBehind(before, head) {
		began := time.Now()
		select {
		case <-time.After(e.Watch):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if after, err = rows[follower](ctx, e, query); err != nil {
			return nil, err
		}
		watched = time.Since(began)
	}
	moved := map[string]int64{}
	for _, f := range before {
		moved[f.Kind+f.Name] = f.Position
	}
	var found []Finding
	for _, f := range after {
		if finding, is := f.finding(head, f.Position-moved[f.Kind+f.Name], watched); is {
			found = append(found, finding)
		}
	}
	return orFine(found, "%d followers have read the log up to its end, position %d", len(after), head), nil
}

func anyBehind(followers []follower, head int64) bool {
	for _, f := range followers {
		if f.Position < head {
			return true
		}
	}
	return false
}

// listOfFollowers builds the query over the tables that are there, "" for none.
func listOfFollowers(ctx context.Context, e *examination) (string, error) {
	var parts []string
	for table, query := range followersOf() {
		there, err := isThere(ctx, e, table)
		if err != nil {
			return "", err
		}
		if there {
			parts = append(parts, query)
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	return fmt.Sprintf(compareWithLog, strings.Join(parts, "\nUNION ALL")), nil
}

func isThere(ctx context.Context, e *examination, table string) (there bool, err error) {
	err = e.conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, table).Scan(&there)
	return there, err
}

func headNow(ctx context.Context, e *examination) (head int64, err error) {
	err = e.conn.QueryRow(ctx, headOfLog).Scan(&head)
	return head, err
}

// finding says what is wrong with a follower, if anything is: the head was
// read before it was watched, and meanwhile it has moved by so many events.
func (f follower) finding(head, moved int64, watched time.Duration) (Finding, bool) {
	who := fmt.Sprintf("%s %s", f.Kind, f.Name)
	behind := head - f.Position
	switch {
	case f.Position > 0 && f.RecordedAt == nil:
		return Finding{
			Severity: Fault,
			What:     fmt.Sprintf("%s stands at position %d, beyond the end of the log (%d): the log was restored from an older copy", who, f.Position, head),
			Do:       f.mendRestored(),
		}, true
	case f.EventAt != nil && !f.EventAt.Equal(*f.RecordedAt):
		return Finding{
			Severity: Fault,
			What: fmt.Sprintf("%s has read an event at position %d that was recorded at %s; the log's was recorded at %s: the log was restored and has grown again",
				who, f.Position, f.EventAt.UTC().Format(time.RFC3339Nano), f.RecordedAt.UTC().Format(time.RFC3339Nano)),
			Do: f.mendRestored(),
		}, true
	case f.Trouble != "":
		return Finding{
			Severity: Fault, What: fmt.Sprintf("%s is in trouble at position %d, %d events behind: %s", who, f.Position, max(behind, 0), f.Trouble),
			Do: "mend what it says; it goes on by itself",
		}, true
	case behind > 0 && moved == 0:
		return Finding{
			Severity: Fault, What: fmt.Sprintf("%s is %d events behind and has not moved for %s: nobody works on it", who, behind, watched.Round(100*time.Millisecond)),
			Do: "see that an instance runs and what its log says; see the sessions above for one that holds the checkpoint's row",
		}, true
	case behind > 0 && moved < behind:
		rate := float64(moved) / watched.Seconds()
		left := time.Duration(float64(behind-moved)/rate) * time.Second
		return Finding{
			Severity: Warning, What: fmt.Sprintf("%s is %d events behind and reads %.0f a second: %s to go if nothing is added", who, behind-moved, rate, left),
			Do: "wait; if it falls back further, the server is short of processors or disk",
		}, true
	default:
		return Finding{}, false
	}
}

// mendRestored says what to do about a follower that has read events which the
// log, restored from an older copy, does not have.
func (f follower) mendRestored() string {
	const last = "the last position that the log had before and has still"
	switch f.Kind {
	case readModel:
		return "what it has learned of the lost events is wrong; build the read models again: holdfast projections rebuild --all --fresh --swap always"
	case reactor:
		return fmt.Sprintf("it waits to be told where it goes on: holdfast reactors move %s --to POSITION, %s", f.Name, last)
	case relay:
		name := ""
		if f.Name != defaultRelay {
			name = " --name " + f.Name
		}
		return fmt.Sprintf("see what Kafka's consumers have read, stop all relays, and say where they go on: holdfast relay seek%s --to POSITION, %s", name, last)
	default:
		return "say where it goes on"
	}
}

const openLetters = `
SELECT reactor::text, count(*)::integer, (array_agg(reason ORDER BY died_at DESC))[1]
FROM holdfast_reactors.dead_letters WHERE settled_at IS NULL GROUP BY reactor ORDER BY reactor`

// lookAtDeadLetters finds events that a reactor gave up on.
func lookAtDeadLetters(ctx context.Context, e *examination) ([]Finding, error) {
	if there, err := isThere(ctx, e, "holdfast_reactors.dead_letters"); err != nil || !there {
		return fine("none: no reactors are set up"), err
	}
	type letters struct {
		Reactor string
		Count   int
		Latest  string
	}
	open, err := rows[letters](ctx, e, openLetters)
	found := make([]Finding, 0, len(open))
	for _, l := range open {
		found = append(found, Finding{
			Severity: Warning, What: fmt.Sprintf("reactor %s gave up on %d events, the latest because: %s", l.Reactor, l.Count, l.Latest),
			Do: "holdfast deadletters list; then retry or discard",
		})
	}
	return orFine(found, "none is open"), err
}
