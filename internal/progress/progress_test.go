package progress

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func TestLinesAreFewAndSayRateAndRest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := start(&out, Lines, "verify", 10_000, noon)
	r.moveTo(100, noon.Add(time.Second))
	r.moveTo(2_500, noon.Add(5*time.Second))
	r.moveTo(2_600, noon.Add(6*time.Second))
	r.moveTo(10_000, noon.Add(9*time.Second))
	r.end(nil, noon.Add(10*time.Second))
	require.Equal(t, "verify: 2,500 of 10,000 events (25 %), 500/s, 15s left\n"+
		"verify: 10,000 of 10,000 events (100 %), 1,000/s, done\n", out.String())
}

func TestWhatWasDoneBeforeIsNotInTheRate(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := start(&out, JSON, "rebuild", 10_000, noon)
	r.From(9_000)
	r.moveTo(9_500, noon.Add(5*time.Second))
	require.JSONEq(t, `{"what":"rebuild","at":9500,"total":10000,"perSecond":100,"secondsLeft":5,"done":false}`, out.String())
}

func TestAnEmptyLogHasNoShare(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	start(&out, Lines, "verify", 0, noon).end(nil, noon)
	require.Equal(t, "verify: 0 of 0 events, done\n", out.String())
}

func TestAnErrorIsNotTheEnd(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for _, form := range []Form{Lines, Bar, JSON} {
		var out bytes.Buffer
		start(&out, form, "export", 10, noon).end(failed, noon)
		require.Empty(t, out.String(), "nothing was done")
	}
	var out bytes.Buffer
	r := start(&out, Lines, "export", 10_000, noon)
	r.moveTo(100, noon.Add(time.Second))
	r.end(failed, noon.Add(2*time.Second))
	require.Equal(t, "export: 100 of 10,000 events (1 %), 50/s, stopped\n", out.String())
}

func TestABarEndsItsLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := start(&out, Bar, "verify", 10, noon)
	r.moveTo(5, noon.Add(time.Second))
	r.moveTo(10, noon.Add(2*time.Second))
	r.end(nil, noon.Add(2*time.Second))
	require.Contains(t, out.String(), "verify")
	require.Contains(t, out.String(), "100%")
	require.True(t, strings.HasSuffix(out.String(), "\n"), "%q", out.String())
}

func TestNothingIsNothing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := start(&out, None, "verify", 10, noon)
	r.moveTo(5, noon.Add(time.Minute))
	r.end(nil, noon.Add(time.Minute))
	require.Empty(t, out.String())
}
