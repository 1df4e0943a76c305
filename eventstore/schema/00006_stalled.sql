-- A writer whose machine loses its power, or is cut off, in the middle of a
-- COPY holds the append lock, and its session waits for it. No time-out of the
-- server ends that: it is not idle, and neither a statement's time-out nor a
-- cancellation reaches a COPY that waits for its client. So whoever waited for
-- the lock in vain ends such a session. Its group was not acknowledged.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION holdfast.end_stalled_append(
    -- For how long a session must have waited for its client.
    patience interval
) RETURNS bigint -- how many sessions were told to end
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FILTER (WHERE pg_terminate_backend(holder.pid))
    FROM pg_locks AS append_lock JOIN pg_stat_activity AS holder USING (pid)
    WHERE append_lock.locktype = 'advisory' AND append_lock.granted
      AND append_lock.database = holder.datid AND holder.datname = current_database()
      -- The two halves of the number that begin_append locks.
      AND append_lock.classid = (5209530441842 >> 32)::oid
      AND append_lock.objid = (5209530441842 & 4294967295)::oid AND append_lock.objsubid = 1
      AND holder.state = 'active' AND holder.wait_event = 'ClientRead'
      AND clock_timestamp() - holder.query_start > patience
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION holdfast.end_stalled_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holdfast.end_stalled_append TO holdfast_appender;
