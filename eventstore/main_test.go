package eventstore_test

import (
	"testing"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate) }
