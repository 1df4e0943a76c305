package waitingroom

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/room.lua
var roomPart string

var (
	//go:embed scripts/find.lua
	findText string
	//go:embed scripts/restore.lua
	restoreText string
	//go:embed scripts/open.lua
	openText string
	//go:embed scripts/withdraw.lua
	withdrawText string
	//go:embed scripts/join.lua
	joinText string
	//go:embed scripts/claim.lua
	claimText string
	//go:embed scripts/noted.lua
	notedText string
	//go:embed scripts/release.lua
	releaseText string
	//go:embed scripts/refresh.lua
	refreshText string
	//go:embed scripts/reclaim.lua
	reclaimText string
	//go:embed scripts/raise.lua
	raiseText string
	//go:embed scripts/configure.lua
	configureText string
)

var (
	findScript      = redis.NewScript(roomPart + findText)
	restoreScript   = redis.NewScript(roomPart + restoreText)
	openScript      = redis.NewScript(roomPart + openText)
	withdrawScript  = redis.NewScript(roomPart + withdrawText)
	joinScript      = redis.NewScript(roomPart + joinText)
	claimScript     = redis.NewScript(roomPart + claimText)
	notedScript     = redis.NewScript(roomPart + notedText)
	releaseScript   = redis.NewScript(roomPart + releaseText)
	refreshScript   = redis.NewScript(roomPart + refreshText)
	reclaimScript   = redis.NewScript(roomPart + reclaimText)
	raiseScript     = redis.NewScript(roomPart + raiseText)
	configureScript = redis.NewScript(roomPart + configureText)
)

// Words that replies begin with; each script says which it uses.
const (
	wordLost     = "lost"
	wordMoved    = "moved"
	wordClosed   = "closed"
	wordAdmitted = "admitted"
	wordWaiting  = "waiting"
	wordOpen     = "open"
	wordBusy     = "busy"
	wordRefused  = "refused"
)

// reply is what a script answers: a word, then numbers and texts. Reading it
// gathers the first thing that is not as expected.
type reply struct {
	values []any
	err    error
}

func run(ctx context.Context, client redis.Scripter, script *redis.Script, keys []string, args []any) (reply, error) {
	values, err := script.Run(ctx, client, keys, args...).Slice()
	if err != nil {
		return reply{}, fmt.Errorf("redis: %w", err)
	}
	return reply{values: values}, nil
}

// word is what the reply begins with, "" for a reply that is none.
func (r *reply) word() string { return r.text(0) }

func (r *reply) text(i int) string {
	if i >= len(r.values) {
		r.fail(i, "a text")
		return ""
	}
	text, ok := r.values[i].(string)
	if !ok {
		r.fail(i, "a text")
	}
	return text
}

func (r *reply) number(i int) int64 {
	if i >= len(r.values) {
		r.fail(i, "a number")
		return 0
	}
	number, ok := r.values[i].(int64)
	if !ok {
		r.fail(i, "a number")
	}
	return number
}

func (r *reply) decimal(i int) float64 {
	value, err := strconv.ParseFloat(r.text(i), 64)
	if err != nil {
		r.fail(i, "a decimal number")
	}
	return value
}

func (r *reply) fail(i int, wanted string) {
	r.err = errors.Join(r.err, fmt.Errorf("redis: element %d of a script's reply %v is not %s", i, r.values, wanted))
}
