package reactors_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/reactors"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

func TestEndSessions(t *testing.T) {
	t.Parallel()
	const ids = `"admissionId":"a","userId":"u","concertId":"c"`
	away := errors.New("away")
	for name, test := range map[string]struct {
		wireType, payload string
		answer, want      error
		told              bool
	}{
		"spent":    {admission.TypeSpent, `{` + ids + `,"paymentId":"p"}`, nil, nil, true},
		"given up": {admission.TypeGivenUp, `{` + ids + `}`, nil, nil, true},
		"away":     {admission.TypeGivenUp, `{` + ids + `}`, away, away, true},
		"unknown":  {"admission.lost.v1", `{` + ids + `}`, nil, reactors.ErrHopeless, false},
		"broken":   {admission.TypeSpent, `{"admissionId":1}`, nil, reactors.ErrHopeless, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told []reactors.EndedAdmission
			r := reactors.EndSessions(func(_ context.Context, over reactors.EndedAdmission) error {
				told = append(told, over)
				return test.answer
			})
			msg, err := envelope.Encode(eventstore.Event{
				Position: 7, Stream: "admission-a", Version: 1, Type: test.wireType, Payload: []byte(test.payload), Metadata: []byte(`{}`),
			}, envelope.Options{})
			require.NoError(t, err)
			require.ErrorIs(t, r.Handle(msg), test.want)
			if test.told {
				require.Equal(t, []reactors.EndedAdmission{{ID: "a", UserID: "u", ConcertID: "c", Position: 7}}, told)
			} else {
				require.Empty(t, told)
			}
		})
	}
}
