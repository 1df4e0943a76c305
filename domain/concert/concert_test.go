package concert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
)

func plan(change func(*concert.Plan)) concert.Plan {
	p := concert.Plan{Title: "Nachtmusik", Venue: "Halle", Currency: "EUR", Capacity: 100, SessionSeconds: 600}
	change(&p)
	return p
}

func TestAnnounce(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ö", concert.MaxTextLength)
	for name, test := range map[string]struct {
		plan     concert.Plan
		pointers []string
	}{
		"usual":                  {plan(func(*concert.Plan) {}), nil},
		"least numbers":          {plan(func(p *concert.Plan) { p.Capacity, p.SessionSeconds = 1, 1 }), nil},
		"largest numbers":        {plan(func(p *concert.Plan) { p.Capacity, p.SessionSeconds = 1_000_000, 86_400 }), nil},
		"longest texts":          {plan(func(p *concert.Plan) { p.Title, p.Venue = long, long }), nil},
		"title missing":          {plan(func(p *concert.Plan) { p.Title = "" }), []string{"/title"}},
		"title too long":         {plan(func(p *concert.Plan) { p.Title = long + "ö" }), []string{"/title"}},
		"title turned around":    {plan(func(p *concert.Plan) { p.Title = "\u202eksumthcaN" }), []string{"/title"}},
		"venue missing":          {plan(func(p *concert.Plan) { p.Venue = " " }), []string{"/venue"}},
		"venue with NUL":         {plan(func(p *concert.Plan) { p.Venue = "Halle\x00" }), []string{"/venue"}},
		"another currency":       {plan(func(p *concert.Plan) { p.Currency = "USD" }), []string{"/currency"}},
		"no currency":            {plan(func(p *concert.Plan) { p.Currency = "" }), []string{"/currency"}},
		"currency in lower case": {plan(func(p *concert.Plan) { p.Currency = "eur" }), []string{"/currency"}},
		"no capacity":            {plan(func(p *concert.Plan) { p.Capacity = 0 }), []string{"/queue/capacity"}},
		"capacity too large":     {plan(func(p *concert.Plan) { p.Capacity = 1_000_001 }), []string{"/queue/capacity"}},
		"no session":             {plan(func(p *concert.Plan) { p.SessionSeconds = 0 }), []string{"/queue/sessionSeconds"}},
		"session too long":       {plan(func(p *concert.Plan) { p.SessionSeconds = 86_401 }), []string{"/queue/sessionSeconds"}},
		"everything": {
			concert.Plan{Capacity: -1, SessionSeconds: -1},
			[]string{"/title", "/venue", "/currency", "/queue/capacity", "/queue/sessionSeconds"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := concert.Announce(codectest.ConcertID, test.plan, "EUR")
			if test.pointers == nil {
				require.NoError(t, err)
				require.Equal(t, concert.Announced{
					ConcertID: codectest.ConcertID, Title: test.plan.Title, Venue: test.plan.Venue, Currency: "EUR",
					Queue: concert.Queue{Capacity: test.plan.Capacity, SessionSeconds: test.plan.SessionSeconds},
				}, got)
				return
			}
			var refusal *domain.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, domain.CodeInvalidRequest, refusal.Code)
			var pointers []string
			for _, f := range refusal.Fields {
				require.NotEmpty(t, f.Detail)
				pointers = append(pointers, f.Pointer)
			}
			require.Equal(t, test.pointers, pointers)
		})
	}
}

func TestExists(t *testing.T) {
	t.Parallel()
	require.Equal(t, domain.CodeConcertNotFound, domain.CodeOf(concert.State{}.Exists()))

	announced, err := concert.Announce(codectest.ConcertID, plan(func(*concert.Plan) {}), "EUR")
	require.NoError(t, err)
	s := concert.State{}.Evolve(announced, time.Unix(0, 0))
	require.NoError(t, s.Exists())
	require.Equal(t, concert.State{
		ID: codectest.ConcertID, Title: "Nachtmusik", Venue: "Halle", Currency: "EUR",
		Queue: concert.Queue{Capacity: 100, SessionSeconds: 600},
	}, s)
	require.Equal(t, 10*time.Minute, s.Queue.Session())
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "concert-018f4e9a-0001-7000-8000-00000000c0c0", concert.Stream(codectest.ConcertID))
}
