package http

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// Config is what a [Server] is made of. Fields without a default are
// required unless they say otherwise.
type Config struct {
	Commands   Commands
	Questions  Questions
	Rooms      Rooms
	QueueRules QueueRules
	Admissions Admissions
	Log        EventLog
	// Followers tells operators how far projections and relay have come.
	// Optional.
	Followers Followers
	// Currency is that of all wallets.
	Currency string

	// Keys sign the tokens that the server hands out.
	Keys *token.Keys
	// Tokens verify those that requests carry. Default: Keys alone.
	Tokens Verifier
	// ExternalIdentity says that users come from an identity provider:
	// POST /v1/users answers 404.
	ExternalIdentity bool
	// AccessLifetime is how long an access token is good. Default 24 h.
	AccessLifetime time.Duration
	// QueueLifetime is how long a queue token is good, counted from the time
	// it was signed or from the end of its admission. It must be longer than
	// anybody waits, and is longer than any admission, so that one that is
	// over can be told from a forgery. Default 7 days.
	QueueLifetime time.Duration

	Clock Clock
	// NewID mints UUIDs of version 7 in canonical form.
	NewID func() string
	// Faults say which codes answer the errors of the stores.
	Faults []Fault
	// Probes are asked by /readyz. Optional.
	Probes []Probe
	// Limiter may answer 429. Optional.
	Limiter Limiter

	// Logger gets faults. Default slog's.
	Logger *slog.Logger
	// AccessLog gets a line for each request at level info. Optional.
	AccessLog *slog.Logger
	// Registry collects the metrics and is what /metrics shows. Default: one
	// of its own.
	Registry *prometheus.Registry
	// Tracing records a span for each request. Optional.
	Tracing trace.TracerProvider

	// Timeout bounds each request but streams. Default 10 s.
	Timeout time.Duration
	// MaxBody bounds bodies, in bytes. Default 16 KiB.
	MaxBody int64
	// MaxHeaders bounds headers and address together, in bytes. Default 16 KiB.
	MaxHeaders int
	// Heartbeat is how often a stream says that it lives. Default 15 s.
	Heartbeat time.Duration
	// MaxStreams bounds the seat streams of this instance. Default 10,000.
	MaxStreams int
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	// Default none: the address of a client is the one it connects from.
	TrustedProxies []netip.Prefix

	// HeaderTimeout bounds the arrival of headers. Default 5 s.
	HeaderTimeout time.Duration
	// ReadTimeout bounds the arrival of headers and body. Default 15 s.
	ReadTimeout time.Duration
	// IdleTimeout bounds how long an idle connection is kept. Default 60 s.
	IdleTimeout time.Duration
}

func (c Config) withDefaults() Config {
	if c.Tokens == nil && c.Keys != nil {
		c.Tokens = token.NewVerifier(c.Keys, nil)
	}
	setDefault(&c.AccessLifetime, 24*time.Hour)
	setDefault(&c.QueueLifetime, 7*24*time.Hour)
	setDefault(&c.Timeout, 10*time.Second)
	setDefault(&c.MaxBody, 16<<10)
	setDefault(&c.MaxHeaders, 16<<10)
	setDefault(&c.Heartbeat, 15*time.Second)
	setDefault(&c.MaxStreams, 10_000)
	setDefault(&c.HeaderTimeout, 5*time.Second)
	setDefault(&c.ReadTimeout, 15*time.Second)
	setDefault(&c.IdleTimeout, time.Minute)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check names what is missing.
func (c Config) check() error {
	var missing []error
	require := func(given bool, name string) {
		if !given {
			missing = append(missing, errors.New(name+" is not set"))
		}
	}
	require(c.Commands != nil, "Commands")
	require(c.Questions.complete(), "Questions")
	require(c.Rooms != nil, "Rooms")
	require(c.QueueRules != nil, "QueueRules")
	require(c.Admissions != nil, "Admissions")
	require(c.Log != nil, "Log")
	require(c.Currency != "", "Currency")
	require(c.Keys != nil, "Keys")
	require(c.Clock != nil, "Clock")
	require(c.NewID != nil, "NewID")
	return errors.Join(missing...)
}
