package sink

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/relay/envelope"
	"github.com/holdfast-dev/holdfast/relay/kafka"
)

// Options say what is read and where it goes. Kafka and Folder are needed.
type Options struct {
	// Kafka is how the brokers are reached.
	Kafka kafka.Settings
	// Topics are read. Default [DefaultTopic].
	Topics []string
	// Group is the consumer group: sinks of one group share the partitions
	// and the folder. Default [DefaultGroup].
	Group string
	// Instance names this sink in its group for good, so that after a crash it
	// goes on at once, with the partitions that it had. Without it, the default,
	// the others get them, and that only after SessionTimeout.
	Instance string
	// Folder is the dataset's. It is made in a folder that must be there.
	Folder string
	// Format is what the files are. Default [Parquet].
	Format Format
	// Source is the log whose events are expected. Default
	// [envelope.DefaultSource].
	Source string
	// MaxAge is how long an event may wait for its file. Default [DefaultMaxAge].
	MaxAge time.Duration
	// MaxBytes is how much memory the events of a batch may take before they
	// are written; while they are, as much again is received. Default
	// [DefaultMaxBytes].
	MaxBytes int64
	// MaxRows is how many events a batch may have. Default [DefaultMaxRows].
	MaxRows int
	// Replays takes what was sent again on purpose for what it is, which is
	// right for a topic that holds nothing else. Otherwise it is left out.
	Replays bool
	// Skip are messages that are left out, whatever they are.
	Skip []Place
	// AllowGap goes on at what is left of a topic if messages were deleted
	// before they were on disk. Otherwise that is an error.
	AllowGap bool
	// Once ends the sink when it has what the topics held at the beginning.
	Once bool
	// SessionTimeout is how long the partitions of a sink that has died are kept
	// from the others. Default [DefaultSessionTimeout].
	SessionTimeout time.Duration
	// StopTimeout bounds the orderly end. Default [DefaultStopTimeout].
	StopTimeout time.Duration
	// Logger is told what happens. Default [slog.Default].
	Logger *slog.Logger
}

// Defaults of [Options].
const (
	DefaultTopic          = "holdfast.events"
	DefaultGroup          = "holdfast-sink"
	DefaultMaxAge         = 50 * time.Second
	DefaultMaxBytes       = 64 << 20
	DefaultMaxRows        = 250_000
	DefaultSessionTimeout = 10 * time.Second
	DefaultStopTimeout    = 30 * time.Second
)

// withDefaults fills in what was left out, and says what is wrong.
func (o Options) withDefaults() (Options, error) {
	if len(o.Topics) == 0 {
		o.Topics = []string{DefaultTopic}
	}
	o.Group = cmp.Or(o.Group, DefaultGroup)
	o.Format = cmp.Or(o.Format, Parquet)
	o.Source = cmp.Or(o.Source, envelope.DefaultSource)
	o.MaxAge = cmp.Or(o.MaxAge, DefaultMaxAge)
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.MaxRows = cmp.Or(o.MaxRows, DefaultMaxRows)
	o.SessionTimeout = cmp.Or(o.SessionTimeout, DefaultSessionTimeout)
	o.StopTimeout = cmp.Or(o.StopTimeout, DefaultStopTimeout)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return o, o.check()
}

// shortestSession is what Kafka's client can keep up; brokers set a bound of
// their own, of some seconds.
const shortestSession = 10 * time.Millisecond

// anInstance is what Kafka allows.
var anInstance = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

func (o Options) check() error {
	if o.Folder == "" {
		return errors.New("no folder is named for the files")
	}
	if slices.Contains(o.Topics, "") {
		return errors.New("a topic has an empty name")
	}
	if o.Instance != "" && !anInstance.MatchString(o.Instance) {
		return fmt.Errorf("instance %q is not 1 to 249 letters, digits, dots, dashes and underscores", o.Instance)
	}
	if o.SessionTimeout < shortestSession {
		return fmt.Errorf("session timeout %s is not %s or more", o.SessionTimeout, shortestSession)
	}
	if o.MaxAge < 0 || o.MaxBytes < 0 || o.MaxRows < 0 || o.StopTimeout < 0 {
		return errors.New("a limit of the sink is below 0")
	}
	return errors.Join(o.Format.check(), o.Kafka.Check())
}

// Place is where a message stands. As text it is "topic/3@1234".
type Place struct {
	Partition Partition
	Offset    int64
}

// String returns the text of a place.
func (p Place) String() string { return p.Partition.String() + "@" + strconv.FormatInt(p.Offset, 10) }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Place) UnmarshalText(text []byte) error {
	partition, offset, found := strings.Cut(string(text), "@")
	n, err := strconv.ParseInt(offset, 10, 64)
	if !found || err != nil || n < 0 || p.Partition.UnmarshalText([]byte(partition)) != nil {
		return fmt.Errorf("place %q is not TOPIC/PARTITION@OFFSET", text)
	}
	p.Offset = n
	return nil
}
