package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/devstack"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// devTokenLife is how long the token that is printed at the start is good.
const devTokenLife = 24 * time.Hour

// welcome tells where everything is and how to begin.
func (c devCommand) welcome(out io.Writer, address net.Addr, keys *token.Keys, stack *devstack.Stack) error {
	now := time.Now()
	user, err := keys.Sign(token.Access{UserID: domain.UserID(newID())}, now, now.Add(devTokenLife))
	if err != nil {
		return err
	}
	base := "http://" + address.String()
	var text strings.Builder
	line := func(name, what string) { fmt.Fprintf(&text, "  %-9s %s\n", name, what) }
	text.WriteString("\nHoldfast is ready.\n\n")
	line("page", base+"/")
	line("API", base+"/docs")
	line("metrics", base+"/metrics")
	for _, choice := range stack.Choices {
		line(choice.Service, choice.What)
	}
	line("data", c.DataDir+" (delete it to begin afresh)")
	text.WriteString("\nAn access token to play with, for Authorize in the API's page or the header Authorization: Bearer:\n\n  " + user + "\n")
	text.WriteString("\nAn admin token, in another terminal:\n\n  " + c.adminHint() + "\n")
	text.WriteString(c.askHint(stack))
	text.WriteString("\nCtrl-C stops everything.\n\n")
	_, err = io.WriteString(out, text.String())
	return err
}

// askHint is how the other commands find what was started here. An address that
// was given may hold a password, so it is not repeated.
func (c devCommand) askHint(stack *devstack.Stack) string {
	var known []string
	if c.DatabaseURL == "" {
		known = append(known, "DATABASE_URL='"+stack.DatabaseURL+"'")
	}
	if c.RedisURL == "" {
		known = append(known, "REDIS_URL='"+stack.RedisURL+"'")
	}
	if len(c.KafkaBrokers) == 0 {
		known = append(known, "KAFKA_BROKERS='"+strings.Join(stack.KafkaBrokers, ",")+"'")
	}
	if len(known) == 0 {
		return ""
	}
	return "\nAsk the log and the queues, in another terminal:\n\n  export " + strings.Join(known, " ") + "\n" +
		"  " + os.Args[0] + " events tail --from 1\n  " + os.Args[0] + " verify\n  " + os.Args[0] + " queue status\n"
}

// adminHint is the command that makes an admin token for this data folder.
func (c devCommand) adminHint() string {
	hint := os.Args[0] + " token admin --scope " + knownScopes()
	if c.DataDir != defaultDataDir() {
		hint += " --data-dir " + c.DataDir
	}
	return hint
}
