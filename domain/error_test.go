package domain_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

func TestCodeOfFindsTheRefusalInAChain(t *testing.T) {
	t.Parallel()
	refusal := domain.Refuse(domain.CodeHoldExpired, "The hold ended at %s.", "noon")
	require.Equal(t, "hold_expired: The hold ended at noon.", refusal.Error())
	require.Equal(t, domain.CodeHoldExpired, domain.CodeOf(refusal))
	require.Equal(t, domain.CodeHoldExpired, domain.CodeOf(fmt.Errorf("pay: %w", refusal)))
	require.Empty(t, domain.CodeOf(errors.New("hold_expired")))
	require.Empty(t, domain.CodeOf(nil))
}

func TestRefusalsOfSeatsNameThem(t *testing.T) {
	t.Parallel()
	one := domain.RefuseSeats(domain.CodeSeatNotFound, []int{7}, "No such thing: {seats}.")
	require.Equal(t, "No such thing: seat 7.", one.Detail)
	require.Equal(t, []int{7}, one.Seats)

	several := domain.RefuseSeats(domain.CodeSeatNotFound, []int{-1, 7, 100_000}, "No such thing: {seats}.")
	require.Equal(t, "No such thing: seats -1, 7, 100000.", several.Detail)
	require.Equal(t, []int{-1, 7, 100_000}, several.Seats)
}

func TestInvalidCarriesItsFields(t *testing.T) {
	t.Parallel()
	fields := []domain.FieldError{{Pointer: "/amount", Detail: "must be 1 or more"}}
	refusal := domain.Invalid(fields...)
	require.Equal(t, domain.CodeInvalidRequest, refusal.Code)
	require.Equal(t, fields, refusal.Fields)
}
