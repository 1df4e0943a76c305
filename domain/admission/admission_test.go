package admission_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
)

var (
	token   = admission.Admission{ID: codectest.AdmissionID, UserID: codectest.UserID, ConcertID: codectest.ConcertID}
	spent   = admission.Spent{AdmissionID: token.ID, UserID: token.UserID, ConcertID: token.ConcertID, PaymentID: codectest.PaymentID}
	givenUp = admission.GivenUp{AdmissionID: token.ID, UserID: token.UserID, ConcertID: token.ConcertID}
)

func given(events ...admission.Event) admission.State {
	var s admission.State
	for _, e := range events {
		s = s.Evolve(e, time.Unix(0, 0))
	}
	return s
}

func TestAnAdmissionEndsOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state admission.State
		code  domain.Code
	}{
		"open":     {given(), ""},
		"spent":    {given(spent), domain.CodeAdmissionSpent},
		"given up": {given(givenUp), domain.CodeNotAdmitted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.code, domain.CodeOf(test.state.Open()))

			paid, err := test.state.Spend(token, codectest.PaymentID)
			require.Equal(t, test.code, domain.CodeOf(err))
			if err == nil {
				require.Equal(t, spent, paid)
			}

			left, err := test.state.GiveUp(token)
			require.Equal(t, test.code, domain.CodeOf(err))
			if err == nil {
				require.Equal(t, givenUp, left)
			}
		})
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "admission-018f4e9a-0007-7000-8000-0000000000ad", admission.Stream(codectest.AdmissionID))
}
