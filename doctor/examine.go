package doctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	// Fine means that nothing is wrong.
	Fine Severity = "fine"
	// Warning means that something is slow, unusual or will go wrong.
	Warning Severity = "warning"
	// Fault means that something stands still, is wrong or may be lost.
	Fault Severity = "fault"
)

// Finding is one thing that is so.
type Finding struct {
	// Check names the subject: "sessions", "projections", "clock" …
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// What is so, with the figures.
	What string `json:"what"`
	// Do says what to do about it, "" if nothing.
	Do string `json:"do,omitempty"`
}

// Patient is the deployment that is examined.
type Patient struct {
	DatabaseURL string
	// RedisURL is the address of Redis, or empty: then it is left out.
	RedisURL string
	// Now reads this machine's clock.
	Now func() time.Time
	// Watch is how long a follower is given to move before it is said to stand
	// still. Default 2 s: every worker looks at the log at least twice a second.
	Watch time.Duration
}

const (
	defaultWatch = 2 * time.Second
	// statementLimit bounds each look: a doctor must not be another burden.
	statementLimit = 10 * time.Second
)

// check looks at one subject. What it returns lacks the subject's name. An
// error means that it could not look.
type check struct {
	name string
	look func(ctx context.Context, p *examination) ([]Finding, error)
}

// examination is one patient under way.
type examination struct {
	Patient

	conn *pgx.Conn
}

// checks are in the order in which their findings are read: a cause before
// what it leads to.
func checks() []check {
	return []check{
		{"durability", lookAtDurability},
		{"connections", lookAtConnections},
		{"schema", lookAtSchema},
		{"indexes", lookAtIndexes},
		{"roles", lookAtRoles},
		{"sessions", lookAtSessions},
		{"clock", lookAtClocks},
		{"followers", lookAtFollowers},
		{"dead letters", lookAtDeadLetters},
		{"redis", lookAtRedis},
	}
}

// Examine looks at everything and returns what it finds, at least one finding
// for each check. It fails only if the database cannot be reached at all.
func Examine(ctx context.Context, p Patient) ([]Finding, error) {
	if p.Watch <= 0 {
		p.Watch = defaultWatch
	}
	conn, err := connect(ctx, p.DatabaseURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	e := &examination{Patient: p, conn: conn}
	var all []Finding
	for _, c := range checks() {
		findings, err := c.look(ctx, e)
		if ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
		if err != nil {
			findings = append(findings, Finding{Severity: Fault, What: "cannot be looked at: " + err.Error()})
		}
		for _, f := range findings {
			f.Check = c.name
			all = append(all, f)
		}
		if c.name == "schema" && Worst(findings) == Fault {
			break // nothing else can be looked at
		}
	}
	return all, nil
}

func connect(ctx context.Context, databaseURL string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	config.RuntimeParams["application_name"] = "holdfast-doctor"
	config.RuntimeParams["default_transaction_read_only"] = "on"
	config.RuntimeParams["statement_timeout"] = strconv.FormatInt(statementLimit.Milliseconds(), 10)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be reached: %w", err)
	}
	return conn, nil
}

// Worst returns the severest of the findings.
func Worst(findings []Finding) Severity {
	worst := Fine
	for _, f := range findings {
		if f.Severity == Fault || worst == Fine {
			worst = f.Severity
		}
		if worst == Fault {
			break
		}
	}
	return worst
}

func fine(format string, args ...any) []Finding {
	return []Finding{{Severity: Fine, What: fmt.Sprintf(format, args...)}}
}

// orFine returns the findings, or a fine one if there are none.
func orFine(findings []Finding, format string, args ...any) []Finding {
	if len(findings) > 0 {
		return findings
	}
	return fine(format, args...)
}

// rows collects what a query returns.
func rows[T any](ctx context.Context, e *examination, sql string, args ...any) ([]T, error) {
	found, err := e.conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowToStructByPos[T])
}

// one returns the only row of a query, and false if there is none.
func one[T any](ctx context.Context, e *examination, sql string, args ...any) (row T, found bool, err error) {
	result, err := e.conn.Query(ctx, sql, args...)
	if err != nil {
		return row, false, err
	}
	row, err = pgx.CollectExactlyOneRow(result, pgx.RowToStructByPos[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, err
}
