package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/holdfast-dev/holdfast/domain"
)

// ProviderConfig describes an external identity provider. All three of
// JWKSURL, Issuer and Audience are needed: a token of the same provider that
// was made for another service is not good here.
type ProviderConfig struct {
	// JWKSURL is where the provider publishes its keys (http or https).
	JWKSURL string
	// Issuer must equal the "iss" of every token.
	Issuer string
	// Audience must be among the "aud" of every token.
	Audience string
	// Algorithms are those that are taken, default RS256 and ES256. Only
	// asymmetric ones can be named: with a shared secret, whoever can verify
	// could also forge.
	Algorithms []string
	// Refresh is how often the keys are fetched again, default 1 hour. A key
	// id that is not known is looked for at once, at most once a minute.
	Refresh time.Duration
	// Client fetches the keys; default a client with a time-out of 10 s.
	Client *http.Client
	// Logger is told of failed fetches; default slog's.
	Logger *slog.Logger
}

// asymmetric lists the algorithms that a provider may use.
var asymmetric = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Provider verifies access tokens of an external identity provider.
type Provider struct {
	config  ProviderConfig
	keys    keyfunc.Keyfunc
	parsing []jwt.ParserOption
}

// NewProvider fetches the provider's keys and keeps them fresh until ctx ends.
// A provider that can't be reached at first is not an error: its tokens are
// refused until it can.
func NewProvider(ctx context.Context, config ProviderConfig) (*Provider, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	keys, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{config.JWKSURL}, keyfunc.Override{
		Client:            config.Client,
		HTTPTimeout:       config.Client.Timeout,
		RefreshInterval:   config.Refresh,
		RefreshUnknownKID: rate.NewLimiter(rate.Every(time.Minute), 1),
		// Bounds the fetch too, which the request that needs the key waits for.
		RateLimitWaitMax: 5 * time.Second,
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(ctx context.Context, err error) {
				config.Logger.WarnContext(ctx, "identity provider's keys could not be fetched", "error", err)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("identity provider's keys: %w", err)
	}
	return &Provider{config: config, keys: keys, parsing: []jwt.ParserOption{
		jwt.WithValidMethods(config.Algorithms),
		jwt.WithIssuer(config.Issuer),
		jwt.WithAudience(config.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
	}}, nil
}

func (c ProviderConfig) withDefaults() ProviderConfig {
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{"RS256", "ES256"}
	}
	if c.Refresh == 0 {
		c.Refresh = time.Hour
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func (c ProviderConfig) check() error {
	address, err := url.Parse(c.JWKSURL)
	if err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") {
		return errors.New("identity provider: the address of its keys must be an http or https URL")
	}
	if c.Issuer == "" || c.Audience == "" {
		return errors.New("identity provider: issuer and audience must both be set")
	}
	for _, name := range c.Algorithms {
		if !slices.Contains(asymmetric, name) {
			return fmt.Errorf("identity provider: algorithm %q can't be used; take one of %v", name, asymmetric)
		}
	}
	return nil
}

func (p *Provider) verify(ctx context.Context, raw string, now time.Time) (Bearer, error) {
	var c jwt.RegisteredClaims
	parser := jwt.NewParser(slices.Concat(p.parsing, []jwt.ParserOption{jwt.WithTimeFunc(func() time.Time { return now })})...)
	if _, err := parser.ParseWithClaims(raw, &c, p.keys.KeyfuncCtx(ctx)); err != nil || c.Subject == "" {
		return nil, ErrInvalid
	}
	return Access{UserID: UserIDOf(p.config.Issuer, c.Subject)}, nil
}

// UserIDOf maps the subject of a provider's token to the id of a user. A
// subject that is a UUID in canonical form is taken as it is; any other gets
// the UUIDv5 of issuer and subject, which is the same every time and differs
// between issuers.
func UserIDOf(issuer, subject string) domain.UserID {
	if id, ok := domain.ParseID[domain.UserID](subject); ok {
		return id
	}
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte(issuer))
	return domain.UserID(uuid.NewSHA1(space, []byte(subject)).String())
}
