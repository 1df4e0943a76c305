package command

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

func TestKeyIsTheDigestOfSenderAndName(t *testing.T) {
	t.Parallel()
	fingerprint := [digestSize]byte{1}
	env := Envelope{Actor: "user:ann", IdempotencyKey: "key"}
	sum := sha256.Sum256([]byte("user:ann\x00key"))
	require.Equal(t, eventstore.Key{ID: [16]byte(sum[:16]), Fingerprint: fingerprint}, env.key(fingerprint))

	env.IdempotencyKey = ""
	require.Zero(t, env.key(fingerprint), "no name, no key")
}

func TestFingerprintIsTheDigestOfTheCanonicalRequest(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("hold_seats\x003:ann1:71:8"))
	require.Equal(t, [16]byte(sum[:16]), newRequest("hold_seats").text("ann").number(7).number(8).fingerprint())
}

func TestNoTwoRequestsShareAFingerprint(t *testing.T) {
	t.Parallel()
	requests := []request{
		newRequest("a"),
		newRequest("a").text(""),
		newRequest("a").text("").text(""),
		newRequest("a").text("b").text("c"),
		newRequest("a").text("bc"),
		newRequest("a").text("b1:c"),
		newRequest("a").text("bc").text(""),
		newRequest("a").text("").text("bc"),
		newRequest("ab").text("c"),
		newRequest("a").number(1).number(23),
		newRequest("a").number(12).number(3),
		newRequest("a").number(123),
		newRequest("a").number(-123),
	}
	seen := map[[digestSize]byte]int{}
	for i, r := range requests {
		before, taken := seen[r.fingerprint()]
		require.False(t, taken, "requests %d and %d", before, i)
		seen[r.fingerprint()] = i
	}
}

func TestTheFingerprintOfAHoldIsThatOfItsSeats(t *testing.T) {
	t.Parallel()
	base := hold{HoldSeats: HoldSeats{UserID: ann, PerformanceID: thePerformance}, numbers: []int{7, 8}}
	same := base
	same.AdmissionID, same.ConcertID, same.id = annsTurn, theConcert, annsHold
	require.Equal(t, base.fingerprint(), same.fingerprint())

	for name, change := range map[string]func(*hold){
		"seats":       func(h *hold) { h.numbers = []int{7} },
		"user":        func(h *hold) { h.UserID = bob },
		"performance": func(h *hold) { h.PerformanceID = "another" },
	} {
		other := base
		change(&other)
		require.NotEqual(t, base.fingerprint(), other.fingerprint(), name)
	}
}
