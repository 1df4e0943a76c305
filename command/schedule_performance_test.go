package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

var schedule = SchedulePerformance{
	ConcertID: theConcert, StartsAt: starts, TimeZone: "Europe/Berlin", SeatCount: 50, SeatPrice: price,
}

func TestSchedulePerformance(t *testing.T) {
	t.Parallel()
	s := given(t, announced)
	accepted, err := s.unit.SchedulePerformance(ctx, Envelope{Actor: "admin:eve", IdempotencyKey: "key"}, schedule)
	require.NoError(t, err)
	want := scheduled
	want.PerformanceID = domain.PerformanceID(mintedID(1))
	s.then(want)
	require.Equal(t, Accepted[Performance]{
		Answer:   Performance{PerformanceID: want.PerformanceID, ConcertID: theConcert, Date: "2027-05-01"},
		Position: 2,
	}, accepted)
}

func TestSchedulePerformanceOfNoConcert(t *testing.T) {
	t.Parallel()
	s := given(t, announced)
	asked := schedule
	asked.ConcertID = otherConcert
	_, err := s.unit.SchedulePerformance(ctx, Envelope{}, asked)
	requireRefused(t, domain.CodeConcertNotFound, err)
	s.then()
}

func TestSchedulePerformanceInThePastOfTheStore(t *testing.T) {
	t.Parallel()
	s := given(t, announced).at(starts)
	_, err := s.unit.SchedulePerformance(ctx, Envelope{}, schedule)
	refusal := refusalOf(t, domain.CodeInvalidRequest, err)
	require.Equal(t, []domain.FieldError{{Pointer: "/startsAt", Detail: "must be in the future"}}, refusal.Fields)
	s.then()
}

func TestTimeZonesAreIANANames(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{
		"Europe/Berlin": true, "UTC": true, "Asia/Kolkata": true, "America/Argentina/ComodRivadavia": true,
		"": false, "Local": false, "CEST": false, "+02:00": false, "Europe/Atlantis": false, "europe": false,
		"../etc/passwd": false, "/etc/localtime": false, "Europe/../UTC": false, "Europe\\Berlin": false, "Europe": false,
		"zone.tab": false, "UTC\x00": false, string(make([]byte, 1000)): false,
	} {
		s := given(t, announced)
		asked := schedule
		asked.TimeZone = name
		_, err := s.unit.SchedulePerformance(ctx, Envelope{}, asked)
		if known {
			require.NoError(t, err, "%q", name)
			continue
		}
		refusal := refusalOf(t, domain.CodeInvalidRequest, err)
		require.Len(t, refusal.Fields, 1, "%q", name)
		require.Equal(t, "/timeZone", refusal.Fields[0].Pointer, "%q", name)
		s.then()
	}
}

// The same moment written with another offset is the same request.
func TestTheFingerprintOfAScheduleIsThatOfTheMoment(t *testing.T) {
	t.Parallel()
	s := given(t, announced)
	env := Envelope{Actor: "admin:eve", IdempotencyKey: "key"}
	first, err := s.unit.SchedulePerformance(ctx, env, schedule)
	require.NoError(t, err)
	again := schedule
	again.StartsAt = starts.In(time.FixedZone("", 2*60*60))
	second, err := s.unit.SchedulePerformance(ctx, env, again)
	require.NoError(t, err)
	require.True(t, second.Replayed)
	require.Equal(t, first.Answer, second.Answer)
}
