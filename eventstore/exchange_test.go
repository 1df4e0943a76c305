package eventstore

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What follows a message that was cut would be taken for its end: a question
// behind a group would commit it without the judgement at its end.
func TestNothingIsSentBehindAMessageThatWasCut(t *testing.T) {
	t.Parallel()
	first := &exchange{sent: make(chan struct{})}
	failing := func([]byte) ([]byte, error) { return nil, errNoTime }
	require.ErrorIs(t, first.send(nil, 0, nil, failing), errNoTime)
	<-first.sent
	second := &exchange{sent: make(chan struct{})}
	laidOut := func(message []byte) ([]byte, error) { return append(message, 'S'), nil }
	// There is no connection that it could be written to.
	require.ErrorIs(t, second.send(nil, 0, first, laidOut), errBrokenBefore)
	<-second.sent
	require.True(t, second.cut)
}
