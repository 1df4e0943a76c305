package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/holds"
	userdomain "github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

type userCommands struct {
	Forget forgetUserCommand `cmd:"" help:"Sever a user's id from the person for good, without changing the log."`
}

type forgetUserCommand struct {
	databaseFlag
	ID                  string `arg:"" help:"Id of the user, a UUID in lower case."`
	AbandonBalance      bool   `help:"Forget the user although there is money in the wallet. It stays in the log as nobody's."`
	Unseen              bool   `help:"Forget the user although the log has no reservation and no wallet of that id."`
	AllowUnsafeDatabase bool   `env:"HOLDFAST_ALLOW_UNSAFE_DATABASE" help:"Write to a database that may lose what it has acknowledged. Only for one that is thrown away."`
	JSON                bool   `name:"json" help:"Print what was done as one JSON object."`
}

// Help says what forgetting does and what is left to do elsewhere.
func (forgetUserCommand) Help() string {
	return `The log knows a user by an id and nothing else. Forgetting records that the id is nobody's any more:

  - within milliseconds every instance refuses the user's tokens, as any other token that is not good;
  - "holdfast events" and the admin API show a pseudonym in place of the id, the same one each time;
  - Kafka keeps the id, and gets it again with whatever is sent again: its consumers are told by the event user.forgotten.v1, which has what the pseudonym is made of.

Seats and money go on adding up, and the log can be verified as before. Delete the account at the identity provider too: only it knows who the id was. It is refused while the user has seats on hold, and while there is money in the wallet unless that is abandoned. It can't be undone, so an id that the log has nothing of is refused too, unless that is meant.

    holdfast users forget 01a20a79-c299-783a-b8e0-d29ad58ae9cf`
}

// Validate says what is wrong with the arguments.
func (c forgetUserCommand) Validate() error {
	var wrong error
	if _, ok := domain.ParseID[domain.UserID](c.ID); !ok {
		wrong = fmt.Errorf("%q is not a UUID in lower case, such as %s", c.ID, newID())
	}
	return errors.Join(checkDatabase(c.DatabaseURL), wrong)
}

// Run forgets the user.
func (c forgetUserCommand) Run(ctx context.Context, stdout io.Writer) error {
	accepted, err := c.forget(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(stdout).Encode(struct {
			UserID    domain.UserID       `json:"userId"`
			Pseudonym domain.UserID       `json:"pseudonym"`
			Position  eventstore.Position `json:"position"`
		}{accepted.Answer.UserID, accepted.Answer.Pseudonym, accepted.Position})
	}
	_, err = fmt.Fprintf(stdout, "Forgotten at position %d. \"holdfast events\" and the admin API call the user %s from now on.\n",
		accepted.Position, accepted.Answer.Pseudonym)
	return err
}

// noCurrency is what ISO 4217 calls it: forgetting moves no money.
const noCurrency = "XXX"

// forget executes the command with a writer of its own, beside the servers'.
func (c forgetUserCommand) forget(ctx context.Context) (_ command.Accepted[command.ForgottenUser], err error) {
	var none command.Accepted[command.ForgottenUser]
	pool, err := eventstore.Connect(ctx, c.DatabaseURL, eventstore.RoleAppender)
	if err != nil {
		return none, err
	}
	defer pool.Close()
	log, err := eventstore.Open(ctx, pool, eventstore.Options{AllowUnsafe: c.AllowUnsafeDatabase})
	if err != nil {
		return none, adviseOnDatabase(err)
	}
	defer log.Close()
	if !c.Unseen {
		if err := c.checkSeen(ctx, pool); err != nil {
			return none, err
		}
	}
	writer, err := eventstore.NewWriter(log, command.Model(), eventstore.WriterOptions{})
	if err != nil {
		return none, err
	}
	defer func() { err = errors.Join(err, writer.Close(context.WithoutCancel(ctx))) }()
	unit, err := command.New(writer, command.Settings{Currency: noCurrency}, newID)
	if err != nil {
		return none, err
	}
	return unit.ForgetUser(ctx, command.Envelope{Actor: "admin:" + operator()}, command.ForgetUser{
		UserID: domain.UserID(c.ID), AbandonBalance: c.AbandonBalance,
	})
}

// checkSeen refuses an id without a wallet or a reservation, which has probably
// been mistyped.
func (c forgetUserCommand) checkSeen(ctx context.Context, pool *pgxpool.Pool) error {
	var seen bool
	id := domain.UserID(c.ID)
	err := pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM holdfast.events WHERE stream = ANY ($1)) OR EXISTS (SELECT FROM holdfast.events WHERE tag = $2)`,
		[]string{wallet.Stream(id), userdomain.Stream(id)}, holds.Tag(id)).Scan(&seen)
	switch {
	case err != nil:
		return adviseOnDatabase(err)
	case !seen:
		return fmt.Errorf("the log has no reservation and no wallet of user %s: check the id, or pass --unseen", id)
	}
	return nil
}

// operator is who is logged in on this machine, for the event's metadata.
func operator() string {
	who, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return who.Username
}
