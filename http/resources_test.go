package http_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// TestAnswers compares the answer of each operation that always answers the
// same with a golden file.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for id, r := range sound() {
		switch id {
		case "createUser", "joinQueue", "getQueue", "leaveQueue", "getMetrics", "getContract", "getDocs", "getPage":
			continue // ids and tokens differ from run to run; the others are no JSON
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.log.add("concert-1", "concert.announced.v1")
			r.token = h.tokenFor(id)
			answer := h.do(r)
			require.Less(t, answer.Code, 300)
			requireGolden(t, filepath.Join("testdata", "answers", id+".json"), answer.Body.Bytes())
		})
	}
}

// tokenFor returns the best token that an operation takes.
func (h *harness) tokenFor(id string) string {
	if takers[id] == nil {
		return ""
	}
	switch takers[id][len(takers[id])-1] {
	case "access":
		return h.access()
	case "admin":
		return h.admin("concert:write", "events:read")
	default:
		return h.admitted()
	}
}

// TestCommandsGetWhatWasAsked checks what reaches the commands: who asks,
// under which admission, and for what.
func TestCommandsGetWhatWasAsked(t *testing.T) {
	t.Parallel()
	for id, test := range map[string]struct {
		actor   string
		request any
	}{
		"holdSeats": {"user:" + string(userID), command.HoldSeats{
			UserID: userID, ConcertID: concertID, AdmissionID: admissionID, AdmittedUntil: admittedPlace().AdmittedUntil,
			PerformanceID: performanceID, Seats: []int{7},
		}},
		"cancelReservation": {"user:" + string(userID), command.CancelReservation{
			UserID: userID, AdmissionID: admissionID, AdmittedUntil: admittedPlace().AdmittedUntil, ReservationID: reservationID,
		}},
		"chargeWallet": {"user:" + string(userID), command.ChargeWallet{UserID: userID, Amount: 1000}},
		"pay": {"user:" + string(userID), command.Pay{
			UserID: userID, ConcertID: concertID, AdmissionID: admissionID, AdmittedUntil: admittedPlace().AdmittedUntil,
			ReservationID: reservationID,
		}},
		"announceConcert": {"admin:ops", command.AnnounceConcert{
			Title: "T", Venue: "V", Currency: "EUR", Capacity: 1, SessionSeconds: 60,
		}},
		"schedulePerformance": {"admin:ops", command.SchedulePerformance{
			ConcertID: concertID, StartsAt: time.Date(2027, 5, 1, 18, 0, 0, 0, time.UTC), TimeZone: "Europe/Berlin",
			SeatCount: 50, SeatPrice: 4500,
		}},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			r := sound()[id]
			r.token, r.key = h.tokenFor(id), "the-key"
			r = r.with("X-Request-ID", "req-1").with("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
			answer := h.do(r)
			require.Less(t, answer.Code, 300)
			require.Equal(t, "42", answer.Header().Get("Event-Position"))
			require.Equal(t, asked{
				env: command.Envelope{
					Actor: test.actor, IdempotencyKey: "the-key", Correlation: "req-1",
					TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
				},
				request: test.request,
			}, h.commands.last())
		})
	}
}

func TestCancellingNeedsNoAdmission(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["cancelReservation"]
	r.token = h.access()
	require.Equal(t, 200, h.do(r).Code)
	require.Equal(t, command.CancelReservation{UserID: userID, ReservationID: reservationID}, h.commands.last().request)
}

// TestRepetitionsGetTheSameBytes checks that nothing of a request gets into
// the body of its answer.
func TestRepetitionsGetTheSameBytes(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, id := range []string{"holdSeats", "cancelReservation", "chargeWallet", "pay", "announceConcert", "schedulePerformance"} {
		r := sound()[id]
		r.token = h.tokenFor(id)
		h.commands.replayed = false
		first := h.do(r)
		h.commands.replayed = true
		h.setClock(now.Add(time.Minute))
		again := h.do(r.with("X-Request-ID", "another").with("User-Agent", "another"))
		h.setClock(now)
		require.Equal(t, first.Code, again.Code)
		require.Equal(t, first.Body.Bytes(), again.Body.Bytes(), id)
		for _, header := range []string{"Event-Position", "Location", "Content-Type"} {
			require.Equal(t, first.Header().Get(header), again.Header().Get(header), id)
		}
	}
}

func TestLocations(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for id, want := range map[string]string{
		"holdSeats": "/v1/reservations/" + string(reservationID),
		"pay":       "/v1/payments/" + string(paymentID),
	} {
		r := sound()[id]
		r.token = h.tokenFor(id)
		location := h.do(r).Header().Get("Location")
		require.Equal(t, want, location)
		require.Equal(t, 200, h.do(request{method: "GET", path: location, token: h.access()}).Code)
	}
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.AccessLifetime = time.Hour })
	answer := h.do(sound()["createUser"])
	require.Equal(t, 201, answer.Code)
	var user struct {
		UserID      string    `json:"userId"`
		AccessToken string    `json:"accessToken"`
		ExpiresAt   time.Time `json:"expiresAt"`
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &user))
	require.Equal(t, now.Add(time.Hour), user.ExpiresAt)

	wallet := request{method: "GET", path: "/v1/users/" + user.UserID + "/wallet", token: user.AccessToken}
	require.Equal(t, 200, h.do(wallet).Code)
	h.setClock(user.ExpiresAt)
	h.do(wallet).requireProblem(t, 401, "unauthenticated")

	other := h.do(sound()["createUser"])
	require.NotContains(t, other.Body.String(), user.UserID)
}

func TestSeatCountCanBeLeftOutOrSet(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["schedulePerformance"]
	r.token = h.tokenFor("schedulePerformance")
	for count, want := range map[string]int{`"price":1`: 50, `"count":1,"price":1`: 1, `"count":100000,"price":1`: 100_000} {
		r.body = fmt.Sprintf(`{"startsAt":"2027-05-01T18:00:00+02:00","timeZone":"Europe/Berlin","seats":{%s}}`, count)
		require.Equal(t, 201, h.do(r).Code)
		got, ok := h.commands.last().request.(command.SchedulePerformance)
		require.True(t, ok)
		require.Equal(t, want, got.SeatCount)
	}
	for _, count := range []string{"0", "-1", "100001", "1.5", "null"} {
		r.body = fmt.Sprintf(`{"startsAt":"2027-05-01T18:00:00Z","timeZone":"Europe/Berlin","seats":{"count":%s,"price":1}}`, count)
		p := h.do(r).requireProblem(t, 422, "invalid_request")
		require.Equal(t, "/seats/count", p.Errors[0].Pointer)
	}
}

func TestListsOfNobody(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	stranger := h.sign(token.Access{UserID: otherUserID})
	answer := h.do(request{method: "GET", path: "/v1/reservations", token: stranger})
	require.JSONEq(t, `{"reservations":[]}`, answer.Body.String(), "an empty list is a list")
}

func TestDatesOfAllKinds(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["listDates"]
	r.token = h.admitted()
	require.NotContains(t, h.do(r).Body.String(), "2027-05-02")
	r.path += "?all=true"
	require.Contains(t, h.do(r).Body.String(), "2027-05-02")

	h.do(request{method: "GET", path: "/v1/concerts/" + string(concertID) + "/dates/2027-05-03/seats", token: h.admitted()}).
		requireProblem(t, 404, "date_not_found")
}

func TestConfigNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := http.New(http.Config{})
	require.Error(t, err)
	for _, name := range []string{"Commands", "Questions", "Rooms", "QueueRules", "Admissions", "Log", "Keys", "Clock", "NewID", "Currency"} {
		require.ErrorContains(t, err, name+" is not set")
	}
}
