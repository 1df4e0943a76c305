package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// scopes are the rights that the contract knows, with what they allow.
var scopes = []string{"concert:write", "events:read"}

func knownScopes() string { return strings.Join(scopes, ",") }

type adminTokenCommand struct {
	Scope []string      `required:"" enum:"${scopes}" env:"HOLDFAST_TOKEN_SCOPE" placeholder:"SCOPE" help:"What the token allows: concert:write (announce concerts, schedule performances), events:read (read the log and the status)."`
	Name  string        `default:"admin" env:"HOLDFAST_TOKEN_NAME" help:"Who the token is for. It stands in the log as the actor of what is done with it."`
	TTL   time.Duration `name:"ttl" default:"12h" env:"HOLDFAST_TOKEN_TTL" placeholder:"DURATION" help:"How long the token is good (default 12h)."`
	knownKeyFlags
}

// Help shows examples.
func (adminTokenCommand) Help() string {
	return `The token is printed alone, so that it can go into a variable. For holdfast dev on the same machine:

    admin=$(holdfast token admin --scope concert:write,events:read)
    curl -H "Authorization: Bearer $admin" http://127.0.0.1:8080/v1/admin/status

For a server elsewhere, with its signing key in the environment:

    HOLDFAST_SIGNING_KEY=… holdfast token admin --scope events:read --name grafana --ttl 720h`
}

// Validate says what is wrong with the flags.
func (c adminTokenCommand) Validate() error {
	var nameless error
	if c.Name == "" {
		nameless = errors.New("--name must not be empty: it stands in the log as who did it")
	}
	return errors.Join(nameless, positive("--ttl", c.TTL), c.check())
}

// Run prints the token.
func (c adminTokenCommand) Run(stdout io.Writer) error {
	return printToken(stdout, c.knownKeyFlags, token.Admin{Name: c.Name, Scopes: c.Scope}, c.TTL)
}

// printToken prints a token that is good from the time of this machine's
// clock on, and nothing else.
func printToken(stdout io.Writer, key knownKeyFlags, bearer token.Bearer, ttl time.Duration) error {
	keys, err := key.keys()
	if err != nil {
		return err
	}
	now := time.Now()
	text, err := keys.Sign(bearer, now, now.Add(ttl))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, text)
	return err
}
