package doctor

import (
	"context"
	"fmt"
	"slices"
)

const schemasThatAreThere = `SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'holdfast%' ORDER BY 1`

// schemas are those without which no server starts.
func schemas() []string { return []string{"holdfast", "holdfast_read", "holdfast_waiting"} }

// lookAtSchema finds a database that was not migrated.
func lookAtSchema(ctx context.Context, e *examination) ([]Finding, error) {
	type schema struct{ Name string }
	there, err := rows[schema](ctx, e, schemasThatAreThere)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, name := range schemas() {
		if !slices.Contains(there, schema{name}) {
			found = append(found, Finding{
				Severity: Fault, What: fmt.Sprintf("schema %s is missing", name), Do: "run holdfast migrate",
			})
		}
	}
	return orFine(found, "all schemas are there"), nil
}

const indexesOfTheLog = `
SELECT c.relname::text, i.indisvalid AND i.indisready
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass('holdfast.events') ORDER BY 1`

const brokenIndexes = `
SELECT n.nspname || '.' || c.relname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname LIKE 'holdfast%' AND n.nspname <> 'holdfast' AND NOT (i.indisvalid AND i.indisready) ORDER BY 1`

// wanted is an index of the log, and what it is there for.
type wanted struct{ name, reason string }

// indexes of the log. A test compares them with what the migrations make.
func indexes() []wanted {
	return []wanted{
		{"events_command_id", "a repeated command would take effect twice or be slow"},
		{"events_pkey", "positions would not be unique, and following the log would be slow"},
		{"events_stream_version", "two events could have one version of a stream, and every command would be slow"},
		{"events_tag_position", "the limit of holds per user would be slow to decide"},
	}
}

// lookAtIndexes finds indexes that are gone or that were not finished.
func lookAtIndexes(ctx context.Context, e *examination) ([]Finding, error) {
	type index struct {
		Name string
		Good bool
	}
	there, err := rows[index](ctx, e, indexesOfTheLog)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, w := range indexes() {
		if !slices.Contains(there, index{w.name, true}) {
			found = append(found, Finding{
				Severity: Fault, What: fmt.Sprintf("index holdfast.%s is missing or not valid: %s", w.name, w.reason),
				Do: "make it again as in eventstore/schema, with CREATE INDEX CONCURRENTLY; drop the broken one before",
			})
		}
	}
	type name struct{ Name string }
	broken, err := rows[name](ctx, e, brokenIndexes)
	for _, b := range broken {
		found = append(found, Finding{
			Severity: Warning, What: fmt.Sprintf("index %s is not valid and is not used", b.Name),
			Do: "REINDEX INDEX CONCURRENTLY " + b.Name,
		})
	}
	return orFine(found, "every index of the log is there and valid"), err
}

const rolesOverTheLog = `
SELECT coalesce(bool_or(has_table_privilege(r.oid, 'holdfast.events', p)), false),
       coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false)
FROM pg_roles r CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p
WHERE r.rolname IN ('holdfast_appender', 'holdfast_projector') AND to_regclass('holdfast.events') IS NOT NULL`

// lookAtRoles finds a server that could change history.
func lookAtRoles(ctx context.Context, e *examination) ([]Finding, error) {
	type powers struct{ MayChange, IsSuper bool }
	p, _, err := one[powers](ctx, e, rolesOverTheLog)
	if err != nil {
		return nil, err
	}
	var found []Finding
	if p.MayChange {
		found = append(found, Finding{
			Severity: Fault, What: "the roles that the server acts as may update, delete or truncate events",
			Do: "REVOKE UPDATE, DELETE, TRUNCATE ON holdfast.events FROM holdfast_appender, holdfast_projector, PUBLIC",
		})
	}
	if p.IsSuper {
		found = append(found, Finding{
			Severity: Warning, What: "this login is a superuser: nothing stops a mistake with it",
			Do: "give the server a login of its own that may create schemas and is a member of the roles",
		})
	}
	return orFine(found, "the server's roles can read and append, and change nothing"), nil
}
