package waitingroom_test

import (
	"context"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

// meddler does something in the middle of what an instance does with Redis. It
// is told the name of each script, "" for other commands and for a script that
// Redis has to be shown.
type meddler struct {
	before, after func(script string)
}

func (m meddler) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m meddler) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (m meddler) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		var name string
		if args := cmd.Args(); len(args) > 1 {
			script, _ := args[1].(string)
			name = waitingroom.ScriptName(script)
		}
		if m.before != nil {
			m.before(name)
		}
		err := next(ctx, cmd)
		if m.after != nil {
			m.after(name)
		}
		return err
	}
}

func (h *house) meddled(m meddler) *waitingroom.Rooms {
	client := connect(h.t, h.redis.URL())
	client.AddHook(m)
	rooms, err := waitingroom.New(h.pool, client, h.unlimited())
	require.NoError(h.t, err)
	return rooms
}
