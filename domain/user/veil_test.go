package user_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/user"
)

const (
	id      = string(codectest.UserID)
	another = "018f4e9a-0004-7000-8000-00000000e0e1"
)

func TestAVeilCoversIdsWhereverEventsHaveThem(t *testing.T) {
	t.Parallel()
	veil := user.Veil{}.Over(forgotten)
	pseudonym := string(forgotten.Pseudonym())
	require.True(t, veil.Covers(codectest.UserID))
	require.Equal(t, 1, veil.Len())
	require.True(t, veil.CoversAny(id[:20]))
	require.True(t, veil.CoversAny(id))
	require.False(t, veil.CoversAny(id+"-7"))
	require.False(t, veil.CoversAny(another))
	for text, want := range map[string]string{
		`{"userId":"` + id + `"}`:                             `{"userId":"` + pseudonym + `"}`,
		`{"a":1,"userId":"` + id + `","userId":"` + id + `"}`: `{"a":1,"userId":"` + pseudonym + `","userId":"` + pseudonym + `"}`,
		`{"actor":"user:` + id + `","command":"pay"}`:         `{"actor":"user:` + pseudonym + `","command":"pay"}`,
		`{"userId":"` + another + `"}`:                        `{"userId":"` + another + `"}`,
		`{"userId":"short"}`:                                  `{"userId":"short"}`,
		`{"userId":"`:                                         `{"userId":"`,
		`{"reservationId":"` + id + `"}`:                      `{"reservationId":"` + id + `"}`,
		`{"userId":"` + id + `","salt":"` + salt + `"}`:       `{"userId":"` + pseudonym + `","salt":"` + strings.Repeat("0", len(salt)) + `"}`,
		``: ``,
		`{"userId":"` + another + `","actor":"user:` + id + `"}`: `{"userId":"` + another + `","actor":"user:` + pseudonym + `"}`,
	} {
		original := []byte(text)
		require.Equal(t, want, string(veil.Text(original)))
		require.Equal(t, text, string(original), "the log's own text is left alone")
	}
	for name, want := range map[string]string{
		"wallet-" + id:      "wallet-" + pseudonym,
		"holds-" + id:       "holds-" + pseudonym,
		"user-" + id:        "user-" + pseudonym,
		"wallet-" + another: "wallet-" + another,
		"seat-" + id + "-7": "seat-" + id + "-7",
		"":                  "",
	} {
		require.Equal(t, want, veil.Name(name))
	}
}

func TestTheEmptyVeilChangesNothing(t *testing.T) {
	t.Parallel()
	var veil user.Veil
	require.False(t, veil.Covers(codectest.UserID))
	require.False(t, veil.CoversAny(""))
	require.Equal(t, "wallet-"+id, veil.Name("wallet-"+id))
	require.JSONEq(t, `{"userId":"`+id+`"}`, string(veil.Text([]byte(`{"userId":"`+id+`"}`))))
}

func TestAVeilIsNotChangedByTheNext(t *testing.T) {
	t.Parallel()
	first := user.Veil{}.Over(forgotten)
	second := first.Over(user.Forgotten{UserID: domain.UserID(another), Salt: "s"})
	require.False(t, first.Covers(another))
	require.True(t, second.Covers(another))
	require.True(t, second.Covers(codectest.UserID))
}

// A veil keeps every text as long as it is, and no covered id in its places.
func FuzzVeil(f *testing.F) {
	f.Add(`{"userId":"` + id + `","actor":"user:` + id + `"}`)
	f.Add(`{"salt":"` + salt)
	veil := user.Veil{}.Over(forgotten)
	f.Fuzz(func(t *testing.T, text string) {
		got := string(veil.Text([]byte(text)))
		require.Len(t, got, len(text))
		require.NotContains(t, got, `"userId":"`+id)
		require.NotContains(t, got, `user:`+id)
	})
}
