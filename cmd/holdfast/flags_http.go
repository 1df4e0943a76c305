package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// httpFlags say how the server is reached.
type httpFlags struct {
	Listen         string         `env:"HOLDFAST_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on (default 127.0.0.1:8080)."`
	RequestTimeout time.Duration  `env:"HOLDFAST_REQUEST_TIMEOUT" default:"10s" placeholder:"DURATION" help:"How long a request may take, streams excepted (default 10s)."`
	DrainTimeout   time.Duration  `env:"HOLDFAST_DRAIN_TIMEOUT" default:"20s" placeholder:"DURATION" help:"How long requests under way may go on after SIGTERM (default 20s)."`
	TrustedProxies []netip.Prefix `env:"HOLDFAST_TRUSTED_PROXIES" placeholder:"CIDR" help:"Networks whose X-Forwarded-For is believed (default none)."`

	identityFlags `group:"identity"`
}

// identityFlags say who knows the users.
type identityFlags struct {
	JWKSURL       string   `name:"jwks-url" env:"HOLDFAST_JWKS_URL" placeholder:"URL" help:"Where an identity provider publishes its keys. If given, its access tokens are taken, and POST /v1/users answers 404."`
	JWTIssuer     string   `name:"jwt-issuer" env:"HOLDFAST_JWT_ISSUER" placeholder:"NAME" help:"Issuer (iss) that the provider's tokens must name."`
	JWTAudience   string   `name:"jwt-audience" env:"HOLDFAST_JWT_AUDIENCE" placeholder:"NAME" help:"Audience (aud) that the provider's tokens must name."`
	JWTAlgorithms []string `name:"jwt-algorithms" env:"HOLDFAST_JWT_ALGORITHMS" default:"RS256,ES256" placeholder:"NAME" help:"Algorithms that the provider may sign with (default RS256,ES256)."`
	// BuiltinIdentity is asked for where it could be an oversight.
	BuiltinIdentity bool `env:"HOLDFAST_BUILTIN_IDENTITY" help:"Let anybody make a user with POST /v1/users, on an address that is not loopback."`
}

// check says what is wrong with the flags.
func (f httpFlags) check() error {
	host, _, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %q is not HOST:PORT, such as 127.0.0.1:8080 or :8080", f.Listen)
	}
	if f.JWKSURL == "" && !f.BuiltinIdentity && !isLoopback(host) {
		return fmt.Errorf("--listen: on %s anybody could make users: name an identity provider (HOLDFAST_JWKS_URL), or say that this is meant (HOLDFAST_BUILTIN_IDENTITY=true)", f.Listen)
	}
	if f.JWKSURL != "" && (f.JWTIssuer == "" || f.JWTAudience == "") {
		return errors.New("--jwks-url: the provider's issuer and audience are needed too: HOLDFAST_JWT_ISSUER and HOLDFAST_JWT_AUDIENCE")
	}
	return errors.Join(positive("--request-timeout", f.RequestTimeout), positive("--drain-timeout", f.DrainTimeout))
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// provider returns the identity provider, nil for the built-in identity.
func (f identityFlags) provider() *token.ProviderConfig {
	if f.JWKSURL == "" {
		return nil
	}
	return &token.ProviderConfig{
		JWKSURL: f.JWKSURL, Issuer: f.JWTIssuer, Audience: f.JWTAudience, Algorithms: f.JWTAlgorithms,
	}
}
