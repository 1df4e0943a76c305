package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

func TestWindowAroundTheEnd(t *testing.T) {
	t.Parallel()
	end := time.Date(2027, time.April, 1, 18, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		now         time.Time
		from, until time.Time
	}{
		"before":     {end.Add(-time.Microsecond), time.Time{}, end},
		"at the end": {end, end, time.Time{}},
		"after":      {end.Add(time.Hour), end, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, until := domain.WindowAround(test.now, end)
			require.Equal(t, test.from, from)
			require.Equal(t, test.until, until)
		})
	}
}

func TestTimelessIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	from, until := domain.Timeless{}.Window(time.Unix(0, 0))
	require.True(t, from.IsZero())
	require.True(t, until.IsZero())
}
