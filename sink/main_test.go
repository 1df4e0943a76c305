package sink_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/holdfast-dev/holdfast/relay/kafka"
	"github.com/holdfast-dev/holdfast/sink"
)

// childOf makes the test binary a sink: it holds the brokers, childFolder its
// folder.
const (
	childOf     = "HOLDFAST_TEST_SINK_BROKERS"
	childFolder = "HOLDFAST_TEST_SINK_FOLDER"
	// childInstance lets the next child go on at once.
	childInstance = "child"
)

func TestMain(m *testing.M) {
	if brokers := os.Getenv(childOf); brokers != "" {
		os.Exit(runChild(strings.Split(brokers, ",")))
	}
	goleak.VerifyTestMain(m)
}

// runChild writes small batches, one after the other, until it is killed.
func runChild(brokers []string) int {
	s, err := sink.New(sink.Options{
		Kafka: kafka.Settings{Brokers: brokers}, Folder: os.Getenv(childFolder),
		MaxRows: 40, MaxAge: smallAge, Instance: childInstance, Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		err = s.Run(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
