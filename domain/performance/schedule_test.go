package performance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/performance"
)

var now = starts.AddDate(0, -1, 0)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func plan(t *testing.T, change func(*performance.Plan)) performance.Plan {
	t.Helper()
	p := performance.Plan{
		ConcertID: codectest.ConcertID, StartsAt: starts, Zone: zone(t, "Europe/Berlin"), SeatCount: 50, SeatPrice: 4500,
	}
	change(&p)
	return p
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	got, err := performance.Schedule(now, codectest.PerformanceID, plan(t, func(*performance.Plan) {}))
	require.NoError(t, err)
	require.Equal(t, scheduled, got)
}

func TestScheduleLimits(t *testing.T) {
	t.Parallel()
	type change = func(*performance.Plan)
	for name, test := range map[string]struct {
		change   change
		pointers []string
	}{
		"least numbers":   {func(p *performance.Plan) { p.SeatCount, p.SeatPrice = 1, 1 }, nil},
		"largest numbers": {func(p *performance.Plan) { p.SeatCount, p.SeatPrice = 100_000, domain.MaxMoney/8 }, nil},
		"no seats":        {func(p *performance.Plan) { p.SeatCount = 0 }, []string{"/seats/count"}},
		"negative seats":  {func(p *performance.Plan) { p.SeatCount = -50 }, []string{"/seats/count"}},
		"too many seats":  {func(p *performance.Plan) { p.SeatCount = 100_001 }, []string{"/seats/count"}},
		"no price":        {func(p *performance.Plan) { p.SeatPrice = 0 }, []string{"/seats/price"}},
		"negative price":  {func(p *performance.Plan) { p.SeatPrice = -1 }, []string{"/seats/price"}},
		"too dear":        {func(p *performance.Plan) { p.SeatPrice = domain.MaxMoney/8 + 1 }, []string{"/seats/price"}},
		"no zone":         {func(p *performance.Plan) { p.Zone = nil }, []string{"/timeZone"}},
		"soonest":         {func(p *performance.Plan) { p.StartsAt = now.Add(instant) }, nil},
		"at this moment":  {func(p *performance.Plan) { p.StartsAt = now }, []string{"/startsAt"}},
		"too soon to tell": {
			func(p *performance.Plan) { p.StartsAt = now.Add(instant - time.Nanosecond) }, []string{"/startsAt"},
		},
		"in the past": {func(p *performance.Plan) { p.StartsAt = now.AddDate(-1, 0, 0) }, []string{"/startsAt"}},
		"no time":     {func(p *performance.Plan) { p.StartsAt = time.Time{} }, []string{"/startsAt"}},
		"latest": {func(p *performance.Plan) {
			p.StartsAt = time.Date(9998, time.December, 31, 23, 59, 59, 0, time.UTC)
		}, nil},
		"too late": {func(p *performance.Plan) {
			p.StartsAt = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)
		}, []string{"/startsAt"}},
		"everything": {
			func(p *performance.Plan) { *p = performance.Plan{} },
			[]string{"/startsAt", "/timeZone", "/seats/count", "/seats/price"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := performance.Schedule(now, codectest.PerformanceID, plan(t, test.change))
			if test.pointers == nil {
				require.NoError(t, err)
				return
			}
			var refusal *domain.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, domain.CodeInvalidRequest, refusal.Code)
			var pointers []string
			for _, f := range refusal.Fields {
				pointers = append(pointers, f.Pointer)
			}
			require.Equal(t, test.pointers, pointers)
		})
	}
}

func TestTheDateIsThatOfTheVenue(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ zone, startsAt, date string }{
		"west of the date line":   {"Pacific/Honolulu", "2027-05-01T09:59:59Z", "2027-04-30"},
		"its midnight":            {"Pacific/Honolulu", "2027-05-01T10:00:00Z", "2027-05-01"},
		"east of the date line":   {"Pacific/Kiritimati", "2027-04-30T10:00:00Z", "2027-05-01"},
		"before the clocks go on": {"Europe/Berlin", "2027-03-27T22:59:59Z", "2027-03-27"},
		"after the clocks go on":  {"Europe/Berlin", "2027-03-28T22:00:00Z", "2027-03-29"},
		"an offset in the text":   {"Asia/Tokyo", "2027-05-01T00:30:00+09:00", "2027-05-01"},
		"UTC by name":             {"UTC", "2027-05-01T23:59:59.999999Z", "2027-05-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			startsAt, err := time.Parse(time.RFC3339Nano, test.startsAt)
			require.NoError(t, err)
			got, err := performance.Schedule(now.AddDate(-1, 0, 0), codectest.PerformanceID, plan(t, func(p *performance.Plan) {
				p.StartsAt, p.Zone = startsAt, zone(t, test.zone)
			}))
			require.NoError(t, err)
			require.Equal(t, test.date, got.Date)
			require.Equal(t, test.zone, got.TimeZone)
			require.Equal(t, startsAt.UTC(), got.StartsAt)
		})
	}
}

func TestTheStartIsCutToTheStoresResolution(t *testing.T) {
	t.Parallel()
	got, err := performance.Schedule(now, codectest.PerformanceID, plan(t, func(p *performance.Plan) {
		p.StartsAt = starts.Add(1999 * time.Nanosecond)
	}))
	require.NoError(t, err)
	require.Equal(t, starts.Add(time.Microsecond), got.StartsAt)
}
