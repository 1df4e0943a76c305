package logcheck

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStructuralFaultsAreCaught plants each fault into three events of one
// stream, a second apart, that have nothing else wrong.
func TestStructuralFaultsAreCaught(t *testing.T) {
	t.Parallel()
	digest := [16]byte{1}
	tests := []struct {
		name  string
		rule  Rule
		at    int64
		plant func(records []record)
	}{
		{"a position is missing", RulePositions, 4, func(r []record) { r[2].position = 4 }},
		{"a position occurs twice", RulePositions, 1, func(r []record) { r[1].position = 1 }},
		{"the log does not begin at 1", RulePositions, 0, func(r []record) { r[0].position = 0 }},
		{"a version is missing", RuleVersions, 3, func(r []record) { r[2].version = 4 }},
		{"a version occurs twice", RuleVersions, 3, func(r []record) { r[2].version = 2 }},
		{"a stream does not begin at 1", RuleVersions, 3, func(r []record) { r[2].stream = "other" }},
		{"time runs backwards", RuleTime, 3, func(r []record) { r[2].recordedAt = r[1].recordedAt.Add(-1) }},
		{"a digest occurs twice", RuleKeys, 3, func(r []record) { r[0].commandID, r[2].commandID = &digest, &digest }},
		{"a command begins inside another", RuleCommand, 2, func(r []record) {
			r[0].commandSize, r[1].commandSize = 2, 1
			r[1].recordedAt = r[0].recordedAt
		}},
		{"a command is recorded at two times", RuleCommand, 2, func(r []record) { r[0].commandSize = 2 }},
		{"the last command is cut off", RuleCommand, 3, func(r []record) { r[2].commandSize = 2 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDraft(t)
			for range 3 {
				d.event("anything", "test.happened.v1", fields{})
				d.later(time.Second)
			}
			test.plant(d.records)
			requireFault(t, d, test.rule, test.at)
		})
	}
}

func TestCommandsOfSeveralEventsAreSound(t *testing.T) {
	t.Parallel()
	d := newDraft(t)
	for range 4 {
		d.event("anything", "test.happened.v1", fields{})
	}
	d.records[0].commandID, d.records[0].commandSize = &[16]byte{1}, 2
	d.records[2].commandID, d.records[2].commandSize = &[16]byte{2}, 1
	require.NoError(t, d.check())
}

func requireFault(t *testing.T, d *draft, rule Rule, at int64) {
	t.Helper()
	var fault *RuleError
	require.ErrorAs(t, d.check(), &fault)
	require.Equal(t, rule, fault.Rule, fault.Error())
	require.Equal(t, at, fault.Position, fault.Error())
}
