package waitingroom

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*Options)
		says   string
	}{
		"defaults":                    {func(*Options) {}, ""},
		"no clock":                    {func(o *Options) { o.Clock = nil }, "set Options.Clock"},
		"grace too short":             {func(o *Options) { o.Grace = o.MaxPoll }, "must be longer than MaxPoll"},
		"negative refresh":            {func(o *Options) { o.Refresh = -1 }, "must be positive"},
		"polls upside down":           {func(o *Options) { o.MinPoll = time.Hour }, "shorter than MinPoll"},
		"no block":                    {func(o *Options) { o.Block = -1 }, "at least 1"},
		"a limit without a pace":      {func(o *Options) { o.JoinsPerUser = Limit{Burst: 3} }, "JoinsPerUser needs"},
		"a limit of nothing":          {func(o *Options) { o.JoinsPerAddress = Limit{Every: time.Second} }, "JoinsPerAddress needs"},
		"no limit":                    {func(o *Options) { o.JoinsPerAddress = Limit{Burst: -1} }, ""},
		"a limit that is out of line": {func(o *Options) { o.MaxWatchers = -5 }, "at least 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Clock: time.Now}.withDefaults()
			test.change(&o)
			if err := o.validate(); test.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.says)
			}
		})
	}
	_, err := New(nil, nil, Options{})
	require.ErrorContains(t, err, "clock")
	require.Equal(t, 10, Options{}.withDefaults().refreshesPerTick())
	require.Equal(t, 1, Options{ReadsPerSecond: 1, Refresh: time.Millisecond}.refreshesPerTick())
}

func TestConnectRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "http://localhost", "redis://%", "redis://localhost?addr=x&dial_timeout=soon"} {
		_, err := Connect(address)
		require.ErrorContains(t, err, "redis address", address)
	}
}

func TestRepliesThatAreNotAsExpected(t *testing.T) {
	t.Parallel()
	r := reply{values: []any{"place", int64(4), "seven"}}
	require.Equal(t, "place", r.word())
	require.Equal(t, int64(4), r.number(1))
	require.NoError(t, r.err)
	r.number(2)
	r.decimal(2)
	r.number(3)
	r.text(1)
	require.ErrorContains(t, r.err, "element 2")
	require.ErrorContains(t, r.err, "element 3")
	require.ErrorContains(t, r.err, "element 1")
	_, err := newSnapshot(&incarnation{}, reply{values: []any{"room", int64(1)}}, time.Now())
	require.Error(t, err)
}

func TestLimiterForgetsTheOldestSenders(t *testing.T) {
	t.Parallel()
	l, err := newLimiter[int](Limit{Burst: 1, Every: time.Hour})
	require.NoError(t, err)
	now := time.Unix(0, 0)
	for sender := range limiterSize + 1 {
		require.Zero(t, l.take(sender, now))
	}
	require.Equal(t, time.Hour, l.take(limiterSize, now))
	require.Zero(t, l.take(0, now))
	require.Equal(t, limiterSize, l.paidUntil.Len())
}

func TestReturningIsBounded(t *testing.T) {
	t.Parallel()
	var q returning
	one, other := &incarnation{number: 1}, &incarnation{number: 2}
	for n := range int64(maxReturning) {
		require.True(t, q.put(returnee{incarnation: one, number: n}))
	}
	require.False(t, q.put(returnee{incarnation: one}))
	require.Len(t, q.take(one), returnBatch)
	require.True(t, q.put(returnee{incarnation: other, number: 7}))
	require.Equal(t, []returnee{{incarnation: other, number: 7}}, q.take(other), "those of another incarnation are dropped")
	require.Empty(t, q.list)
}

func TestUsersAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	var counts [bucketCount]int
	for n := range uint32(bucketCount * 20) {
		m := member{1: 0x90, 6: 0x70, 8: 0x80, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
		counts[m.bucket()]++
	}
	for _, count := range counts {
		require.Less(t, count, 60)
	}
}
