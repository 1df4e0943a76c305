package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/holdfast-dev/holdfast/waitingroom"
)

// redisPatience bounds the look at Redis.
const redisPatience = 3 * time.Second

// lookAtRedis finds a Redis that is away, evicts, or keeps what must not come
// back.
func lookAtRedis(ctx context.Context, e *examination) ([]Finding, error) {
	if e.RedisURL == "" {
		return fine("not looked at: no address was given (REDIS_URL)"), nil
	}
	client, err := waitingroom.Connect(e.RedisURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	now, err := client.Time(ctx).Result()
	if err != nil {
		return []Finding{{
			Severity: Fault, What: fmt.Sprintf("does not answer: %v", err),
			Do: "nobody can join a queue and nobody is called; those inside go on buying. Start it again, empty: no place is lost",
		}}, nil
	}
	found := lookAtRedisSettings(ctx, client)
	if off := now.Sub(e.Now()).Abs(); off > clockTolerance {
		found = append(found, Finding{
			Severity: Warning, What: fmt.Sprintf("its clock and this machine's are %s apart", off.Round(time.Millisecond)),
			Do: "nothing is decided by it; synchronize both (NTP)",
		})
	}
	return orFine(found, "answers, evicts nothing and keeps nothing on disk"), nil
}

// lookAtRedisSettings asks for settings; a service that hides them is warned of.
func lookAtRedisSettings(ctx context.Context, client redis.UniversalClient) []Finding {
	policy, err := client.ConfigGet(ctx, "maxmemory-policy").Result()
	if err != nil {
		return []Finding{{
			Severity: Warning, What: fmt.Sprintf("its settings cannot be read: %v", err),
			Do: "see by other means that maxmemory-policy is noeviction, and that save and appendonly are off",
		}}
	}
	var found []Finding
	if set := policy["maxmemory-policy"]; set != "" && set != "noeviction" {
		found = append(found, Finding{
			Severity: Fault, What: "maxmemory-policy is " + set + ": a waiting room that is half evicted may give one user two numbers",
			Do: "CONFIG SET maxmemory-policy noeviction, and in its configuration",
		})
	}
	for setting, off := range map[string]string{"save": "", "appendonly": "no"} {
		if got, err := client.ConfigGet(ctx, setting).Result(); err == nil && got[setting] != off {
			found = append(found, Finding{
				Severity: Warning, What: fmt.Sprintf("%s is %q: what comes back from its disk is stale and is thrown away", setting, got[setting]),
				Do: fmt.Sprintf("CONFIG SET %s %q: a waiting room is restored from Postgres", setting, off),
			})
		}
	}
	return found
}
