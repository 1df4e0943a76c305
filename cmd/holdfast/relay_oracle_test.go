package main

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/kafkatest"
)

// logged is an event as the log has it.
type logged struct {
	Stream, Type, Payload string
	Version               int64
}

// readLog reads the log past the event store, in the order of positions.
func readLog(t *testing.T, conn *pgx.Conn) []logged {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT stream, type, payload::text AS payload, version FROM holdfast.events ORDER BY position`)
	require.NoError(t, err)
	log, err := pgx.CollectRows(rows, pgx.RowToStructByName[logged])
	require.NoError(t, err)
	return log
}

// compareWithLog holds a topic against the log, sharing nothing with the relay:
// each event there, byte for byte, and each stream in order at the first
// occurrences. It returns the positions that came again, in order, and what is
// wrong otherwise.
func compareWithLog(log []logged, records []*kafkatest.Record) (repeated []int, faults []string) {
	seen := map[int]bool{}
	latest := map[string]int64{} // stream → version
	for _, record := range records {
		headers := map[string]string{}
		for _, header := range record.Headers {
			headers[header.Key] = string(header.Value)
		}
		position, err := strconv.Atoi(headers["ce_id"])
		if err != nil || position < 1 || position > len(log) {
			faults = append(faults, fmt.Sprintf("%q is no position of the log", headers["ce_id"]))
			continue
		}
		want := log[position-1]
		got := logged{string(record.Key), headers["ce_type"], string(record.Value), 0}
		got.Version, _ = strconv.ParseInt(headers["ce_streamversion"], 10, 64)
		if got != want {
			faults = append(faults, fmt.Sprintf("position %d is %v in the log and came as %v", position, want, got))
		}
		if seen[position] {
			repeated = append(repeated, position)
			continue
		}
		seen[position] = true
		if want.Version != latest[want.Stream]+1 {
			faults = append(faults, fmt.Sprintf("%s: version %d came after version %d", want.Stream, want.Version, latest[want.Stream]))
		}
		latest[want.Stream] = want.Version
	}
	for position := 1; position <= len(log); position++ {
		if !seen[position] {
			faults = append(faults, fmt.Sprintf("position %d never came", position))
		}
	}
	slices.Sort(repeated)
	return repeated, faults
}

// An oracle that misses a planted fault proves nothing.
func TestTheOracleOfTheRelayFindsFaults(t *testing.T) {
	t.Parallel()
	log := []logged{
		{"seat-1", "seat.held.v1", `{"by": "a"}`, 1},
		{"seat-2", "seat.held.v1", `{"by": "b"}`, 1},
		{"seat-1", "seat.sold.v1", `{"to": "a"}`, 2},
	}
	sound := func() []*kafkatest.Record {
		var records []*kafkatest.Record
		for i, event := range log {
			record := kafkatest.Record{Key: []byte(event.Stream), Value: []byte(event.Payload)}
			for key, value := range map[string]string{"ce_id": strconv.Itoa(i + 1), "ce_type": event.Type, "ce_streamversion": strconv.FormatInt(event.Version, 10)} {
				record.Headers = append(record.Headers, kafkatest.Header{Key: key, Value: []byte(value)})
			}
			records = append(records, &record)
		}
		return records
	}
	for name, test := range map[string]struct {
		plant    func([]*kafkatest.Record) []*kafkatest.Record
		repeated []int
		fault    string
	}{
		"sound":      {func(r []*kafkatest.Record) []*kafkatest.Record { return r }, nil, ""},
		"other turn": {func(r []*kafkatest.Record) []*kafkatest.Record { r[0], r[1] = r[1], r[0]; return r }, nil, ""},
		"repeated":   {func(r []*kafkatest.Record) []*kafkatest.Record { return append(r, r[1], r[2]) }, []int{2, 3}, ""},
		"lost":       {func(r []*kafkatest.Record) []*kafkatest.Record { return r[:2] }, nil, "position 3 never came"},
		"turned":     {func(r []*kafkatest.Record) []*kafkatest.Record { r[0], r[2] = r[2], r[0]; return r }, nil, "seat-1: version 2 came after version 0"},
		"a space":    {func(r []*kafkatest.Record) []*kafkatest.Record { r[0].Value = []byte(`{"by":"a"}`); return r }, nil, "position 1 is"},
		"other key":  {func(r []*kafkatest.Record) []*kafkatest.Record { r[0].Key = []byte("seat-3"); return r }, nil, "position 1 is"},
		"nameless":   {func(r []*kafkatest.Record) []*kafkatest.Record { r[0].Headers = nil; return r }, nil, "is no position of the log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repeated, faults := compareWithLog(log, test.plant(sound()))
			require.Equal(t, test.repeated, repeated)
			if test.fault == "" {
				require.Empty(t, faults)
				return
			}
			require.Contains(t, fmt.Sprint(faults), test.fault)
		})
	}
}
