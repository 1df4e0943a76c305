package deptest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPackagesImportWhatTheyMay(t *testing.T) {
	t.Parallel()
	imports, err := Imports("../..")
	require.NoError(t, err)
	require.NotEmpty(t, imports)
	for _, broken := range Broken(Rules, imports) {
		t.Error(broken)
	}
}

// TestForbiddenImportsAreCaught plants the imports that would hurt most.
func TestForbiddenImportsAreCaught(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file     string
		imported string
		broken   bool
	}{
		{"domain/money.go", "fmt", false},
		{"domain/money.go", "github.com/google/uuid", true},
		{"domain/money_test.go", "github.com/stretchr/testify/require", false},
		{"domain/codec.go", jsonCodec, false},
		{"domain/seat/codec.go", jsonCodec, false},
		{"domain/seat/codec.go", jsonCodec + "/jsontext", false},
		{"domain/seat/codec.go", jsonCodec + "s", true},
		{"domain/seat/codec.go", "github.com/jackc/pgx/v5", true},
		{"domain/seat/state.go", Module + "/domain", false},
		{"domain/seat/state.go", Module + "/domain/wallet", true},
		{"domain/seat/state_test.go", Module + "/domain/wallet", true},
		{"domain/seat/state_test.go", Module + "/domain/seat", false},
		{"eventstore/log.go", Module + "/domain", true},
		{"eventstore/log_test.go", Module + "/internal/pgtest", false},
		{"eventstore/log.go", Module + "/internal/pgtest", true},
		{"command/pay.go", Module + "/query", true},
		{"command/pay.go", Module + "/domain/wallet", false},
		{"projections/seats.go", Module + "/command", true},
		{"query/seats.go", Module + "/command", true},
		{"waitingroom/join.go", Module + "/eventstore", true},
		{"internal/logcheck/seats.go", Module + "/domain/seat", true},
		{"internal/devstack/redis.go", Module + "/eventstore", true},
		{"cmd/holdfast/serve.go", Module + "/http", false},
		{"nowhere/file.go", "fmt", true},
	}
	for _, test := range tests {
		t.Run(test.file+" imports "+test.imported, func(t *testing.T) {
			t.Parallel()
			broken := Broken(Rules, []Import{{File: test.file, Path: test.imported}})
			require.Equal(t, test.broken, len(broken) > 0, "%v", broken)
		})
	}
}

func TestABrokenRuleSaysWhy(t *testing.T) {
	t.Parallel()
	broken := Broken(Rules, []Import{{File: "domain/seat/state.go", Path: Module + "/domain/wallet"}})
	require.Equal(t, []string{"domain/seat/state.go imports " + Module + "/domain/wallet, but " +
		"an aggregate never knows another one: package command brings them together"}, broken)
}
