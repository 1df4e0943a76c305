package waitingroom

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	freelru "github.com/elastic/go-freelru"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"github.com/holdfast-dev/holdfast/domain"
)

// Rooms are the waiting rooms of all concerts, as one instance sees them.
// Methods may be called at once from any number of goroutines.
//
// Errors are a *[domain.Error] with the code queue_closed, or a *[RetryError]
// with queue_unavailable or rate_limited.
type Rooms struct {
	redis  redis.UniversalClient
	ledger ledger
	opts   Options
	polls  polls

	rooms atomic.Pointer[directory]
	// replacing guards the replacement of rooms.
	replacing sync.Mutex
	// opening and entering let one caller do what many need.
	opening, entering singleflight.Group
	next              int

	perUser    *limiter[member]
	perAddress *limiter[netip.Prefix]
	// settled remembers how turns came out, so that a client that keeps
	// asking with a token of the past costs no store.
	settled *freelru.SyncedLRU[turn, outcome]

	watchers atomic.Int64
	counters counters
	// unsettled is set while decided changes cannot be brought into Redis.
	unsettled atomic.Bool
}

// New makes the waiting rooms of an instance. The pool needs the schema that
// [Migrate] makes. The client is best made by [Connect]. Nothing is asked of
// either store yet.
func New(pool *pgxpool.Pool, client redis.UniversalClient, opts Options) (*Rooms, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	r := &Rooms{redis: client, ledger: ledger{pool: pool}, opts: opts, polls: opts.polls()}
	r.rooms.Store(&directory{})
	var errs [3]error
	r.perUser, errs[0] = newLimiter[member](opts.JoinsPerUser)
	r.perAddress, errs[1] = newLimiter[netip.Prefix](opts.JoinsPerAddress)
	r.settled, errs[2] = freelru.NewSynced[turn, outcome](limiterSize, hash[turn])
	return r, errors.Join(errs[:]...)
}

// room returns the concert's room with a snapshot of it. It opens the room if
// settings are given; else it returns errNoRoom for a room that was never
// opened.
func (r *Rooms) room(ctx context.Context, concert domain.ConcertID, settings *Settings) (*room, error) {
	if room := r.rooms.Load().byConcert[concert]; room != nil {
		return room, nil
	}
	flight := string(concert)
	if settings != nil {
		flight += " with settings"
	}
	opened := r.opening.DoChan(flight, func() (any, error) {
		if room := r.rooms.Load().byConcert[concert]; room != nil {
			return room, nil
		}
		// The work is shared: one caller going away must not fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*r.opts.Timeout)
		defer cancel()
		return r.open(ctx, concert, settings)
	})
	select {
	case result := <-opened:
		opened, _ := result.Val.(*room) // nil with an error
		return opened, result.Err
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
}

func (r *Rooms) open(ctx context.Context, concert domain.ConcertID, settings *Settings) (*room, error) {
	if settings != nil {
		if err := r.ledger.create(ctx, concert, *settings, r.opts.Clock()); err != nil {
			return nil, unavailable(err)
		}
	}
	opened := &room{concert: concert}
	opened.touch(r.opts.Clock())
	if err := r.refresh(ctx, opened); err != nil {
		return nil, err
	}
	r.replacing.Lock()
	defer r.replacing.Unlock()
	rooms := r.rooms.Load()
	if first := rooms.byConcert[concert]; first != nil {
		return first, nil
	}
	r.rooms.Store(rooms.with(opened))
	return opened, nil
}

// order is a script to be run on a room.
type order struct {
	script *redis.Script
	// users are those whose buckets the script touches.
	users []member
	args  []any
}

// attempts bounds how often a room that is lost or moves is come back to.
const attempts = 4

// call runs a script on a room, and restores the room first if Redis has lost
// it. It returns the incarnation that answered.
func (r *Rooms) call(ctx context.Context, room *room, o order) (reply, *incarnation, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*r.opts.Timeout)
	defer cancel()
	for range attempts {
		inc := room.current.Load()
		if inc != nil {
			answer, err := r.callOnce(ctx, inc, o)
			if err != nil {
				return reply{}, nil, unavailable(err)
			}
			if word := answer.word(); word != wordLost && word != wordMoved {
				return answer, inc, nil
			}
		}
		if err := r.enter(ctx, room, inc); err != nil {
			return reply{}, nil, err
		}
	}
	return reply{}, nil, unavailable(errUnsettled)
}

func (r *Rooms) callOnce(ctx context.Context, inc *incarnation, o order) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	keys := make([]string, 0, len(inc.keys)+len(o.users))
	keys = append(keys, inc.keys[:]...)
	for _, user := range o.users {
		keys = append(keys, inc.bucketKey(user))
	}
	args := make([]any, 0, 3+len(o.args))
	args = append(args, inc.text, r.opts.Clock().UnixMilli(), r.opts.Grace.Milliseconds())
	answer, err := run(ctx, r.redis, o.script, keys, append(args, o.args...))
	if err != nil {
		return reply{}, err
	}
	if answer.word() == "" {
		return reply{}, fmt.Errorf("redis: a script answered %v", answer.values)
	}
	return answer, nil
}

// enter finds the incarnation in which Redis has the room, or brings the room
// into the next one. It does nothing if the room has left stale already.
func (r *Rooms) enter(ctx context.Context, room *room, stale *incarnation) error {
	entered := r.entering.DoChan(string(room.concert), func() (any, error) {
		if current := room.current.Load(); current != nil && current != stale {
			return nil, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*r.opts.Timeout)
		defer cancel()
		inc, err := r.findOrRestore(ctx, room.concert)
		if err != nil {
			return nil, err
		}
		room.current.Store(inc)
		return nil, nil
	})
	select {
	case result := <-entered:
		return result.Err
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}
