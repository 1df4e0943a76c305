package kafkatest

import (
	"errors"
	"os"
	"testing"

	"github.com/holdfast-dev/holdfast/internal/devstack"
)

// Apache starts an Apache Kafka that ends with the test. Where it is not
// installed the test is skipped, because a stand-in would prove nothing, but
// under CI (the variable CI is set) it fails.
func Apache(tb testing.TB) *Broker {
	tb.Helper()
	broker, err := devstack.StartKafka(tb.Context())
	if errors.Is(err, devstack.ErrNotInstalled) && os.Getenv("CI") == "" {
		tb.Skipf("kafkatest: NO REAL BROKER: %v", err)
	}
	if err != nil {
		tb.Fatalf("kafkatest: %v", err)
	}
	return newBroker(tb, broker, true)
}
