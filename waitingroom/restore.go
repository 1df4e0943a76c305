package waitingroom

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// restoreBatch is how many sessions are put back by one script.
const restoreBatch = 500

// firstPause is how long an instance lets another one restore before it looks
// again; the pause doubles from there.
const firstPause = 4 * time.Millisecond

// findOrRestore returns the incarnation in which Redis holds the room. If
// Redis does not hold it, the room is put together again:
//
//  1. Postgres is read: incarnation k.
//  2. find.lua announces the attempt in Redis, unless somebody else's stands.
//  3. Postgres is taken from k to k+1, which only one instance can do.
//  4. restore.lua and open.lua write the room, if the announcement still
//     stands: if Redis was lost again or somebody else has begun, they refuse.
//
// In this order an incarnation that stands in Redis is always the one that
// stands in Postgres: whoever reaches k+2 has read k+1 before it announced
// itself, and found no room after that; and its announcement stops the one
// that was about to write k+1.
func (r *Rooms) findOrRestore(ctx context.Context, concert domain.ConcertID) (*incarnation, error) {
	for pause := firstPause; ; pause *= 2 {
		inc, err := r.tryFindOrRestore(ctx, concert)
		switch {
		case err == nil:
			return inc, nil
		case errors.Is(err, errNoRoom):
			return nil, err
		case !errors.Is(err, errMoved):
			return nil, unavailable(err)
		}
		// Another instance is at it.
		select {
		case <-time.After(pause/2 + mathrand.N(pause)):
		case <-ctx.Done():
			return nil, unavailable(errUnsettled)
		}
	}
}

func (r *Rooms) tryFindOrRestore(ctx context.Context, concert domain.ConcertID) (*incarnation, error) {
	known, err := r.ledger.read(ctx, concert)
	if err != nil {
		return nil, err
	}
	inc := newIncarnation(concert, known)
	word := rand.Text()
	found, err := r.knock(ctx, inc, findCall(word, 2*r.opts.Timeout))
	if err != nil {
		return nil, err
	}
	switch found.word() {
	case wordBusy:
		return nil, errMoved
	case wordOpen:
		if found.number(1) != known.incarnation {
			return nil, errMoved
		}
		return inc, found.err
	}
	restored, err := r.restore(ctx, concert, known, word)
	if err != nil {
		// Best effort: what is not withdrawn ends by itself.
		_, _ = r.knock(context.WithoutCancel(ctx), inc, order{script: withdrawScript, args: []any{word}})
		return nil, err
	}
	return restored, nil
}

// restore brings a room that Redis does not hold into its next incarnation.
func (r *Rooms) restore(ctx context.Context, concert domain.ConcertID, lost record, word string) (*incarnation, error) {
	granted, sessions, err := r.ledger.succeed(ctx, concert, lost.incarnation, r.opts.Block, r.opts.Clock())
	if err != nil {
		return nil, err
	}
	inc := newIncarnation(concert, granted)
	for len(sessions) > 0 {
		batch := sessions[:min(restoreBatch, len(sessions))]
		sessions = sessions[len(batch):]
		if err := r.knockToWrite(ctx, inc, restoreCall(word, batch)); err != nil {
			return nil, err
		}
	}
	if err := r.knockToWrite(ctx, inc, openCall(word, granted, r.opts)); err != nil {
		return nil, err
	}
	if lost.incarnation > 0 {
		r.counters.losses.Add(1)
		r.opts.Logger.WarnContext(ctx, "waiting room restored after Redis lost it",
			slog.String("concertId", string(concert)), slog.Int64("incarnation", granted.incarnation),
			slog.Int64("serving", granted.serving), slog.Int64("floor", granted.floor))
	}
	return inc, nil
}

// knock runs a script that works on a room which may not be there.
func (r *Rooms) knock(ctx context.Context, inc *incarnation, o order) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	keys := slices.Clone(inc.keys[:])
	keys[1] = inc.opening
	for _, user := range o.users {
		keys = append(keys, inc.bucketKey(user))
	}
	args := []any{inc.text, r.opts.Clock().UnixMilli(), r.opts.Grace.Milliseconds()}
	return run(ctx, r.redis, o.script, keys, append(args, o.args...))
}

// knockToWrite returns errMoved if the announcement of this attempt is gone.
func (r *Rooms) knockToWrite(ctx context.Context, inc *incarnation, o order) error {
	answer, err := r.knock(ctx, inc, o)
	if err != nil {
		return err
	}
	if answer.word() == wordRefused {
		return errMoved
	}
	return answer.err
}

func findCall(word string, announced time.Duration) order {
	return order{script: findScript, args: []any{word, announced.Milliseconds()}}
}

func restoreCall(word string, sessions []session) order {
	o := order{script: restoreScript, args: []any{word, int64(keptFor.Seconds())}}
	for _, s := range sessions {
		o.users = append(o.users, s.user)
		o.args = append(o.args, s.number, s.ends.UnixMilli(), s.user[:])
	}
	return o
}

func openCall(word string, granted record, opts Options) order {
	prior := granted.rate
	if prior == 0 {
		prior = granted.settings.likely()
	}
	first, perPlace, longest := opts.polls().patience()
	return order{script: openScript, args: []any{
		word,
		"issued", granted.floor,
		"ceiling", granted.ceiling,
		"serving", granted.base,
		"base", granted.base,
		"floor", granted.floor,
		"high", max(granted.base, granted.issued),
		"capacity", granted.settings.Capacity,
		"session", granted.settings.Session.Milliseconds(),
		"closed", string(granted.closure),
		"revision", granted.revision,
		"prior", strconv.FormatFloat(prior, 'g', -1, 64),
		"patience", first.Milliseconds(),
		"patiencePerPlace", strconv.FormatFloat(float64(perPlace.Microseconds())/1000, 'g', -1, 64),
		"patienceMax", longest.Milliseconds(),
	}}
}
