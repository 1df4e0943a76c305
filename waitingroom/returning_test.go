package waitingroom

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

// noRedis is a Redis that is away: each command fails, after meanwhile.
type noRedis struct{ meanwhile func() }

func (noRedis) DialHook(next redis.DialHook) redis.DialHook { return next }

func (noRedis) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (n noRedis) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		n.meanwhile()
		err := errors.New("Redis is away")
		cmd.SetErr(err)
		return err
	}
}

// Those who came back and could not be noted are noted later: they stay in the
// list, or, if that has filled up meanwhile, they come into it when they look
// again.
func TestWhoeverCouldNotBeNotedIsNotedLater(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{
		"the list has room": maxReturning - 3,
		"the list is full":  maxReturning - 2,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			concert := domain.ConcertID(uuid.NewString())
			inc := newIncarnation(concert, record{incarnation: 2, base: 10, floor: 100})
			room := &room{concert: concert}
			room.current.Store(inc)
			client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
			t.Cleanup(func() { _ = client.Close() })
			client.AddHook(noRedis{meanwhile: func() {
				room.returning.list = make([]returnee, others)
			}})
			rooms, err := New(nil, client, Options{Clock: time.Now})
			require.NoError(t, err)

			places := make([]Place, 3)
			look := func() {
				for i := range places {
					room.noteReturn(inc, places[i])
				}
			}
			for i := range places {
				places[i] = newPlace(concert, domain.UserID(uuid.NewString()), int64(11+i))
			}
			look()
			require.Error(t, rooms.noteReturning(t.Context(), room))
			look()
			require.Len(t, room.returning.list, maxReturning)

			batch := room.returning.take(inc) // the others are of no incarnation
			room.returning.list = nil
			look()
			batch = append(batch, room.returning.list...)
			var numbers []int64
			for _, r := range batch {
				numbers = append(numbers, r.number)
			}
			require.ElementsMatch(t, []int64{11, 12, 13}, numbers, "each once")
		})
	}
}
