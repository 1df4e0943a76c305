package main

import (
	"io"

	"github.com/alecthomas/kong"
)

// commandLine is everything that the program can be told. Settings are
// environment variables too; the flag wins.
type commandLine struct {
	Dev         devCommand          `cmd:"" help:"Run everything on this machine, with demo concerts."`
	Serve       serveCommand        `cmd:"" help:"Run one instance of the server against given services."`
	Sink        sinkCommand         `cmd:"" help:"Bring the events from Kafka to Parquet files for analysts."`
	Migrate     migrateCommand      `cmd:"" help:"Bring a database up to what this program needs."`
	Models      modelCommands       `cmd:"" name:"projections" help:"Look after the read models: list, rebuild, verify, swap, roll back."`
	Verify      verifyCommand       `cmd:"" help:"Prove that the log breaks no rule, and say what it adds up to."`
	Doctor      doctorCommand       `cmd:"" help:"Say what is behind, slow or in danger, why, and what to do."`
	Relay       relayCommands       `cmd:"" help:"Send the log to Kafka."`
	Reactors    reactorsCommands    `cmd:"" help:"Look after what reacts to events."`
	Deadletters deadLettersCommands `cmd:"" help:"Look after events that a reactor could not cope with."`
	Users       userCommands        `cmd:"" help:"Forget a user."`
	Queue       queueCommands       `cmd:"" help:"Show the waiting rooms and steer them while they run."`
	Events      eventsCommands      `cmd:"" help:"Ask the log what has happened, and take it along."`
	Token       tokenCommands       `cmd:"" help:"Make tokens for operators and for users."`
	Health      healthCommand       `cmd:"" name:"healthcheck" help:"Ask the server on this machine for its health."`
	Version     versionCommand      `cmd:"" help:"Print the version."`
}

type tokenCommands struct {
	Admin adminTokenCommand `cmd:"" help:"Make an admin token with the given scopes."`
	User  userTokenCommand  `cmd:"" help:"Make an access token for a user."`
}

const description = `Holdfast sells numbered seats when thousands of people want the same fifty in the same second.

Try it:

    holdfast dev

Run it:

    export DATABASE_URL=postgres://… REDIS_URL=redis://… HOLDFAST_SIGNING_KEY=…
    holdfast migrate && holdfast serve

A flag with a name in brackets behind it can be set by that environment variable too; the flag wins.`

func newParser(stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(&commandLine{},
		kong.Name("holdfast"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Groups{
			"http":     "How it is reached",
			"identity": "Who knows the users",
			"rules":    "What is allowed",
			"kafka":    "How Kafka is reached",
			"log":      "What it says",
		},
		kong.Vars{
			"data_dir": defaultDataDir(),
			"scopes":   knownScopes(),
			"operator": operator(),
			"models":   knownProjections(),
		},
	)
}
