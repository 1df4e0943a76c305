package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/token"
)

type userTokenCommand struct {
	ID  string        `arg:"" optional:"" help:"Id of the user, a UUID in lower case. A fresh one if it is left out."`
	TTL time.Duration `name:"ttl" default:"24h" env:"HOLDFAST_TOKEN_TTL" placeholder:"DURATION" help:"How long the token is good (default 24h)."`
	knownKeyFlags
}

// Help shows examples.
func (userTokenCommand) Help() string {
	return `The token is printed alone, so that it can go into a variable:

    access=$(holdfast token user)
    curl -H "Authorization: Bearer $access" http://127.0.0.1:8080/v1/reservations

An external identity provider makes its own access tokens: these are for the built-in identity.`
}

// Validate says what is wrong with the arguments.
func (c userTokenCommand) Validate() error {
	var wrong error
	if _, ok := domain.ParseID[domain.UserID](c.ID); c.ID != "" && !ok {
		wrong = fmt.Errorf("%q is not a UUID in lower case, such as %s", c.ID, newID())
	}
	return errors.Join(wrong, positive("--ttl", c.TTL), c.check())
}

// Run prints the token.
func (c userTokenCommand) Run(stdout io.Writer) error {
	id := c.ID
	if id == "" {
		id = newID()
	}
	return printToken(stdout, c.knownKeyFlags, token.Access{UserID: domain.UserID(id)}, c.TTL)
}

// newID mints an id: a UUID of version 7, so that ids sort by their age.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
