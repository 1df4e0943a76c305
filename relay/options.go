package relay

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Log is what the relay reads. [eventstore.Log] implements it.
type Log interface {
	// Read returns up to limit events after a position, in order.
	Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error)
	// Wait returns nil when the log may reach beyond a position, and ctx's
	// error when ctx ends.
	Wait(ctx context.Context, after eventstore.Position) error
}

// Connect makes a publisher, one for each time that the relay is at work. Its
// Publish returns nil only once everything is acknowledged, and keeps the
// order; its Close is bounded and ends a Publish that is under way. If it has a
// method Trouble() error, that tells why a Publish takes long.
type Connect func() (message.Publisher, error)

// Topics says where events go.
type Topics struct {
	// Base is the name of the topic. Default "holdfast.events".
	Base string
	// PerCategory gives each kind of stream a topic of its own: Base, a dot, and
	// the stream's name up to the first dash: "holdfast.events.seat". The order
	// of a stream is kept either way; the order between streams is not.
	PerCategory bool
}

// DefaultTopic is the topic unless another is given.
const DefaultTopic = "holdfast.events"

// Of returns the topic of a stream.
func (t Topics) Of(stream string) string {
	base := cmp.Or(t.Base, DefaultTopic)
	if !t.PerCategory {
		return base
	}
	category, _, _ := strings.Cut(stream, "-")
	return base + "." + category
}

// Options configure a [Relay]. The zero value is right for production.
type Options struct {
	// Name of the checkpoint. Default "kafka". Relays of different names know
	// nothing of each other: each sends everything.
	Name string
	// Owner tells people who works. Default: host name and process id.
	Owner string
	// Topics says where events go.
	Topics Topics
	// Source is the CloudEvents source. Default "/holdfast".
	Source string
	// Batch is how many events are sent at a time at most: what may be sent
	// twice after a crash. Default 1,000.
	Batch int
	// Pace is the shortest time from one batch to the next while the log is
	// nearly read. It makes a busy log arrive in batches, for each costs a
	// commit of the checkpoint. Default 10 ms.
	Pace time.Duration
	// Lease is how long an owner that is not heard of stays the owner. It is
	// renewed three times as often, and looked at by the others likewise: a dead
	// owner is replaced within 4/3 of it. Default 3 s.
	Lease time.Duration
	// MaxBackoff bounds the growing pause after an error. Default 5 s.
	MaxBackoff time.Duration
	// Logger gets what operators must know. Default: discarded.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Name = cmp.Or(o.Name, "kafka")
	o.Owner = cmp.Or(o.Owner, thisProcess())
	o.Batch = cmp.Or(max(o.Batch, 0), 1_000)
	o.Pace = cmp.Or(max(o.Pace, 0), 10*time.Millisecond)
	o.Lease = cmp.Or(max(o.Lease, 0), 3*time.Second)
	o.MaxBackoff = cmp.Or(max(o.MaxBackoff, 0), 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// thisProcess is what an operator can look for.
func thisProcess() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%.200s:%d", host, os.Getpid())
}
