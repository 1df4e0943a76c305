package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
)

func TestGiveUpAdmission(t *testing.T) {
	t.Parallel()
	s := given(t)
	asked := GiveUpAdmission{UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn}

	accepted, err := s.unit.GiveUpAdmission(ctx, envelope(ann, ""), asked)
	require.NoError(t, err)
	s.then(admission.GivenUp{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert})
	require.Equal(t, Accepted[EndedAdmission]{Answer: EndedAdmission(asked), Position: 1}, accepted)

	_, err = s.unit.GiveUpAdmission(ctx, envelope(ann, ""), asked)
	requireRefused(t, domain.CodeNotAdmitted, err)
	s.then()
}

func TestGiveUpAnAdmissionThatWasSpent(t *testing.T) {
	t.Parallel()
	s := given(t, admission.Spent{AdmissionID: annsTurn, UserID: ann, ConcertID: theConcert, PaymentID: "payment"})
	_, err := s.unit.GiveUpAdmission(ctx, Envelope{}, GiveUpAdmission{UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn})
	requireRefused(t, domain.CodeAdmissionSpent, err)
	s.then()
}
