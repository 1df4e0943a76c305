package waitingroom

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/holdfast-dev/holdfast/domain"
)

// Refresh reads every room that the instance knows, as Run does at its ticks.
func (r *Rooms) Refresh(ctx context.Context) error {
	var errs []error
	for _, room := range r.rooms.Load().inOrder {
		errs = append(errs, r.refresh(ctx, room))
	}
	return errors.Join(errs...)
}

// Tick is one tick of Run.
func (r *Rooms) Tick(ctx context.Context) { r.refreshNext(ctx) }

// Settle is what Run does beside its ticks.
func (r *Rooms) Settle(ctx context.Context) error { return r.settle(ctx) }

// Known is how many rooms the instance reads.
func (r *Rooms) Known() int { return len(r.rooms.Load().inOrder) }

// InsideKeys returns the keys of those called and of those active.
func (r *Rooms) InsideKeys(concert domain.ConcertID) (called, active string) {
	inc := r.rooms.Load().byConcert[concert].current.Load()
	return inc.keys[1], inc.keys[2]
}

// BucketKey returns the key of the hash that keeps a user.
func (r *Rooms) BucketKey(concert domain.ConcertID, user domain.UserID) string {
	m, err := memberOf(user)
	if err != nil {
		panic(err)
	}
	return r.rooms.Load().byConcert[concert].current.Load().bucketKey(m)
}

// Bucket tells in which of BucketCount hashes a user is kept.
func Bucket(user domain.UserID) int {
	m, err := memberOf(user)
	if err != nil {
		panic(err)
	}
	return m.bucket()
}

// UsersIn returns n users who are kept in one bucket.
func UsersIn(bucket, n int) []domain.UserID {
	var users []domain.UserID
	var m member
	for i := uint32(0); len(users) < n; i++ {
		binary.BigEndian.PutUint32(m[12:], i)
		if m.bucket() == bucket {
			users = append(users, domain.UserID(uuid.UUID(m).String()))
		}
	}
	return users
}

const (
	BucketCount  = bucketCount
	IdleAfter    = idleAfter
	LimiterSize  = limiterSize
	MaxReturning = maxReturning
)

// ScriptName names a script by its digest or its text.
func ScriptName(digestOrText string) string {
	for name, script := range map[string]*redis.Script{
		"find": findScript, "restore": restoreScript, "open": openScript, "withdraw": withdrawScript, "join": joinScript, "claim": claimScript, "noted": notedScript,
		"release": releaseScript, "refresh": refreshScript, "reclaim": reclaimScript, "raise": raiseScript,
		"configure": configureScript,
	} {
		if digestOrText == script.Hash() {
			return name
		}
	}
	return ""
}
