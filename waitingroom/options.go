package waitingroom

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options are the settings of a [Rooms]. Every instance should have the same.
type Options struct {
	// Clock tells the time by which turns and sessions end. It should be the
	// log's, so that a session ends here when commands say it has. Required.
	Clock func() time.Time
	// Logger gets losses, restorations and stores going away and coming back.
	// Nil logs nothing.
	Logger *slog.Logger

	// Refresh is how often an instance reads a room. Default 250 ms. With
	// many rooms it is stretched to stay within ReadsPerSecond.
	Refresh time.Duration
	// ReadsPerSecond bounds the refreshes of an instance. Default 40.
	ReadsPerSecond int
	// Timeout bounds each visit to Redis or Postgres. Default 1 s.
	Timeout time.Duration

	// Grace is how long a turn is kept for somebody who does not show up.
	// Default 45 s. It must be longer than MaxPoll.
	Grace time.Duration
	// MinPoll is the poll interval of the next in line. Default 1 s.
	MinPoll time.Duration
	// PollPerPlace is how much it grows with each place. Default 10 ms.
	PollPerPlace time.Duration
	// MaxPoll bounds it. Default 30 s.
	MaxPoll time.Duration

	// Block is how many numbers are reserved in Postgres at a time, and so the
	// largest gap that a loss of Redis leaves. Default 20,000.
	Block int64

	// JoinsPerUser bounds the joins of one user. Default 10, then one every
	// 6 s. It counts on each instance by itself, like JoinsPerAddress.
	JoinsPerUser Limit
	// JoinsPerAddress bounds the joins from one IPv4 address or one IPv6 /64
	// network. Default 300, then ten a second: many people share an address.
	JoinsPerAddress Limit

	// MaxWatchers bounds the streams of an instance. Default 10,000.
	MaxWatchers int
}

// Limit allows Burst at once and then one more every Every. The zero Limit
// stands for the default, a negative Burst for no limit.
type Limit struct {
	Burst int
	Every time.Duration
}

const (
	// checkpointEvery is how far Postgres may be behind while things move.
	checkpointEvery = time.Second
	// keptFor is how long Redis keeps what nobody touches.
	keptFor = 7 * 24 * time.Hour
	// idleAfter is how long an instance reads a room that nobody asks for.
	idleAfter = 10 * time.Minute
	// patienceMargin is added to twice the poll interval when somebody is
	// waited for after a loss: clients round up, and networks take their time.
	patienceMargin = 2 * time.Second
)

func (o Options) withDefaults() Options {
	setDefault(&o.Refresh, 250*time.Millisecond)
	setDefault(&o.ReadsPerSecond, 40)
	setDefault(&o.Timeout, time.Second)
	setDefault(&o.Grace, 45*time.Second)
	setDefault(&o.MinPoll, time.Second)
	setDefault(&o.PollPerPlace, 10*time.Millisecond)
	setDefault(&o.MaxPoll, 30*time.Second)
	setDefault(&o.Block, 20_000)
	setDefault(&o.JoinsPerUser, Limit{Burst: 10, Every: 6 * time.Second})
	setDefault(&o.JoinsPerAddress, Limit{Burst: 300, Every: 100 * time.Millisecond})
	setDefault(&o.MaxWatchers, 10_000)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (o Options) validate() error {
	switch {
	case o.Clock == nil:
		return errors.New("waiting rooms need a clock: set Options.Clock")
	case o.Refresh <= 0, o.Timeout <= 0, o.MinPoll <= 0, o.PollPerPlace < 0:
		return errors.New("waiting rooms: Refresh, Timeout and MinPoll must be positive, PollPerPlace not negative")
	case o.MaxPoll < o.MinPoll:
		return fmt.Errorf("waiting rooms: MaxPoll %v is shorter than MinPoll %v", o.MaxPoll, o.MinPoll)
	case o.Grace <= o.MaxPoll:
		return fmt.Errorf("waiting rooms: Grace %v must be longer than MaxPoll %v, or people lose turns they were told to wait for",
			o.Grace, o.MaxPoll)
	case o.Block < 1, o.ReadsPerSecond < 1, o.MaxWatchers < 1:
		return errors.New("waiting rooms: Block, ReadsPerSecond and MaxWatchers must be at least 1")
	}
	return errors.Join(o.JoinsPerUser.validate("JoinsPerUser"), o.JoinsPerAddress.validate("JoinsPerAddress"))
}

func (l Limit) validate(name string) error {
	if l.Burst >= 0 && (l.Burst == 0 || l.Every <= 0) {
		return fmt.Errorf("waiting rooms: %s needs a positive Burst and Every, or a negative Burst for no limit", name)
	}
	return nil
}

// refreshesPerTick is how many rooms may be read at each tick of Refresh.
func (o Options) refreshesPerTick() int {
	return max(1, int(time.Duration(o.ReadsPerSecond)*o.Refresh/time.Second))
}
