-- A third role: it reads the log and nothing else. Analysts and their tools
-- act as it, so that no question can change anything, whatever their login may
-- do.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    may_act text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_reader') THEN
            CREATE ROLE holdfast_reader NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role(current_user, 'holdfast_reader', may_act) THEN
        EXECUTE format('GRANT holdfast_reader TO %I', current_user);
    END IF;
END
$$;
-- +goose StatementEnd

GRANT USAGE ON SCHEMA holdfast TO holdfast_reader;
GRANT SELECT ON holdfast.events TO holdfast_reader;
