package http

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
)

// TestQueueAnswersAreTheGeneratedOnes holds what is written by hand against
// what the contract generates, byte for byte.
func TestQueueAnswersAreTheGeneratedOnes(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 3, 1, 12, 10, 0, 0, time.UTC)
	fraction := until.Add(120 * time.Millisecond)
	state := api.QueueState{
		Token: strings.Repeat("aZ9-_.", 60), UserID: domain.UserID("01900000-0000-7000-8000-000000000001"),
		ConcertID: domain.ConcertID("01900000-0000-7000-8000-000000000010"), State: api.QueueStateState("waiting"),
		Number: 1207, Position: 340, EstimatedWaitSeconds: 95, PollAfterSeconds: 2,
	}
	for name, change := range map[string]func(*api.QueueState){
		"waiting":  func(*api.QueueState) {},
		"admitted": func(s *api.QueueState) { s.State, s.ExpiresAt, s.Position = "admitted", &until, 0 },
		"fraction": func(s *api.QueueState) { s.ExpiresAt = &fraction },
		"far":      func(s *api.QueueState) { s.Number, s.Position, s.PollAfterSeconds = 1<<53-1, 1<<53-2, 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := state
			change(&s)
			got, want := httptest.NewRecorder(), httptest.NewRecorder()
			require.NoError(t, queueAnswer{200, s}.VisitGetQueueResponse(got))
			require.NoError(t, api.GetQueue200JSONResponse{
				Body: s, Headers: api.GetQueue200ResponseHeaders{RetryAfter: int32(s.PollAfterSeconds)},
			}.VisitGetQueueResponse(want))
			require.Equal(t, want.Body.String(), got.Body.String())
			if name != "far" { // beyond what an int32 header may say
				require.Equal(t, want.Header(), got.Header())
			}
			require.True(t, json.Valid(got.Body.Bytes()))
		})
	}
	joined := httptest.NewRecorder()
	require.NoError(t, queueAnswer{201, state}.VisitJoinQueueResponse(joined))
	require.Equal(t, 201, joined.Code)
}
