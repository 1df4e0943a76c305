package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/doctor"
)

type doctorCommand struct {
	databaseFlag
	RedisURL string `env:"REDIS_URL" placeholder:"URL" help:"Redis to look at too."`
	JSON     bool   `name:"json" help:"Print the findings as a JSON array."`
}

// Help says what is looked at.
func (doctorCommand) Help() string {
	return `Looks at the database, Redis and whatever reads the log, from outside and read-only, and says what is behind, slow or in danger, why, and what to do:

  - settings that lose what was acknowledged; connections that run out;
  - missing schemas, missing or broken indexes, roles that may change history;
  - sessions that block others or sit on the append lock, with pid, query and age;
  - read models, the relay and reactors that stopped on an event, stand still, or remember another log; dead letters;
  - clocks that differ; a Redis that is away, evicts or keeps stale data.

The exit code is 1 if there is a fault; warnings alone are 0.

    holdfast doctor
    holdfast doctor --json | jq '.[] | select(.severity != "fine")'`
}

// Validate says what is wrong with the flags.
func (c doctorCommand) Validate() error {
	wrong := []error{checkDatabase(c.DatabaseURL)}
	if c.RedisURL != "" {
		wrong = append(wrong, checkRedis(c.RedisURL))
	}
	return errors.Join(wrong...)
}

// Run examines.
func (c doctorCommand) Run(ctx context.Context, stdout io.Writer) error {
	findings, err := doctor.Examine(ctx, doctor.Patient{DatabaseURL: c.DatabaseURL, RedisURL: c.RedisURL, Now: time.Now})
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(stdout).Encode(findings)
	} else {
		err = writeFindings(stdout, findings)
	}
	if err == nil && doctor.Worst(findings) == doctor.Fault {
		return errors.New("there are faults")
	}
	return err
}

// writeFindings prints findings for a person.
func writeFindings(stdout io.Writer, findings []doctor.Finding) error {
	for _, f := range findings {
		severity := string(f.Severity)
		if f.Severity != doctor.Fine {
			severity = strings.ToUpper(severity)
		}
		if _, err := fmt.Fprintf(stdout, "%-7s  %-12s  %s\n", severity, f.Check, f.What); err != nil {
			return err
		}
		if f.Do != "" {
			if _, err := fmt.Fprintf(stdout, "%-7s  %-12s  → %s\n", "", "", f.Do); err != nil {
				return err
			}
		}
	}
	return nil
}
