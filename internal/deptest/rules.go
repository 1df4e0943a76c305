package deptest

// Module is the path that all our packages begin with.
const Module = "github.com/holdfast-dev/holdfast"

// Rule says what the packages below a path may import. Paths are relative to
// the module; "domain/..." is domain and everything below it.
type Rule struct {
	Of string
	// Ours are the packages of this module that may be imported.
	Ours []string
	// TestsToo are those that only test files may import besides.
	TestsToo []string
	// Foreign are the modules that may be imported. Nil means any that go.mod
	// names, an empty list means the standard library only.
	Foreign []string
	// Why is the reason, shown when the rule is broken.
	Why string
}

// helpers are what tests may use wherever they are.
var helpers = []string{"internal/pgtest", "internal/logcheck", "internal/redistest", "internal/kafkatest", "internal/devstack"}

// jsonCodec is the one library in the domain: the codecs of events must be
// strict, and they bound how fast the log is read.
const jsonCodec = "github.com/go-json-experiment/json"

// Rules is the table. The first rule whose path matches is the one that
// counts; a package without a rule is a fault too.
var Rules = []Rule{
	{
		Of: "domain", Foreign: []string{jsonCodec}, TestsToo: []string{"domain/internal/..."},
		Why: "the vocabulary has no I/O, no clock and no library but the codec's",
	},
	{
		Of: "domain/internal/...", Ours: []string{"domain"},
		Why: "helpers of the aggregates' tests know no aggregate",
	},
	{
		Of: "domain/...", Ours: []string{"domain", "internal/canonical"}, Foreign: []string{jsonCodec},
		TestsToo: []string{"domain/internal/..."},
		Why:      "an aggregate never knows another one: package command brings them together",
	},
	{
		Of: "eventstore/...", Ours: []string{"eventstore/...", "internal/migrations", "internal/idle"}, TestsToo: helpers,
		Why: "the log knows streams, types and bytes, never what they mean",
	},
	{
		Of: "command", Ours: []string{"domain/...", "eventstore"}, TestsToo: helpers,
		Why: "a command decides on the log alone; a read model may be behind",
	},
	{
		Of: "projections/...", Ours: []string{"projections/...", "domain/...", "eventstore", "internal/migrations", "internal/idle"}, TestsToo: helpers,
		Why: "a read model follows events, never commands",
	},
	{
		Of: "export/parquetrow", Ours: []string{"eventstore"},
		Why: "the columns are shared by all who write files, and know nothing of them",
	},
	{
		Of: "sink", Ours: []string{"relay/envelope", "relay/kafka", "export/parquetrow", "eventstore"},
		TestsToo: append(helpers, "projections/history"),
		Why:      "files are made of what Kafka holds: the log's database is never asked",
	},
	{
		Of: "export", Ours: []string{"export/parquetrow", "eventstore", "internal/canonical"}, TestsToo: append(helpers, "projections/history"),
		Why: "an export copies what the log says, and cannot reach a command",
	},
	{
		Of: "replay", Ours: []string{"domain/...", "eventstore"}, TestsToo: append(helpers, "command", "projections/history"),
		Why: "the past is told by the domain's own folds, and nothing can be changed from there",
	},
	{
		Of: "replay/whatif", Ours: []string{"eventstore"}, TestsToo: append(helpers, "projections/history"),
		Why: "an expression sees events, and nothing behind them",
	},
	{
		Of: "query", Ours: []string{"domain", "projections/...", "eventstore"}, TestsToo: append(helpers, "domain/..."),
		Why: "a question changes nothing, so it cannot reach a command",
	},
	{
		Of: "waitingroom/...", Ours: []string{"waitingroom/...", "domain", "internal/migrations"}, TestsToo: helpers,
		Why: "the queue works, and is tested, without the log",
	},
	{
		Of: "relay", Ours: []string{"relay/envelope", "eventstore", "internal/migrations", "internal/idle"},
		TestsToo: append(helpers, "relay/kafka", "internal/farbroker"),
		Why:      "the relay copies events, and knows neither what they mean nor what takes them",
	},
	{
		Of: "relay/envelope", Ours: []string{"eventstore"}, TestsToo: helpers,
		Why: "a message carries events, and knows neither what they mean nor what carries it",
	},
	{
		Of: "relay/kafka", Ours: []string{"relay/envelope"}, TestsToo: append(helpers, "eventstore", "internal/farbroker"),
		Why: "clients of Kafka carry messages, whatever is in them",
	},
	{
		Of: "reactors/...", Ours: []string{"reactors/...", "domain/...", "eventstore", "relay/envelope", "internal/migrations", "internal/idle"}, TestsToo: helpers,
		Why: "a reactor follows events; what it does elsewhere it is given",
	},
	{
		Of: "http/...", Ours: []string{"http/...", "command", "query", "waitingroom", "domain", "internal/token"},
		TestsToo: append(helpers, "domain/...", "eventstore"),
		Why:      "the outside speaks to the use cases through narrow interfaces",
	},
	{
		Of: "doctor", Ours: []string{"waitingroom"}, TestsToo: append(helpers, "eventstore"),
		Why: "a doctor looks from outside: at tables and services, never at the engine's memory",
	},
	{Of: "cmd/...", Why: "the one place that wires everything", Ours: []string{"..."}},
	{
		Of: "internal/logcheck", TestsToo: helpers,
		Why: "the oracle shares nothing with what it judges",
	},
	{
		Of: "internal/pgtest", Ours: []string{"eventstore", "projections", "waitingroom", "relay", "reactors", "internal/logcheck", "internal/devstack"},
		Why: "a test's database is migrated, and checked in the clean-up",
	},
	{Of: "internal/canonical", Foreign: []string{}, Why: "it reads text, and knows what none of it means"},
	{
		Of: "internal/token", Ours: []string{"domain", "internal/canonical"},
		Why: "a token knows the ids that it carries",
	},
	{
		Of: "internal/scenario", TestsToo: append(helpers, "domain", "internal/token"),
		Why: "a scenario knows what is said over HTTP, and signs tokens",
	},
	{
		Of: "internal/contract", TestsToo: []string{"eventstore", "relay/...", "projections/history"},
		Why: "what is published of the events is held against events, not against what makes them",
	},
	{
		Of: "internal/...", Ours: []string{"internal/..."},
		Why: "a helper serves every package and depends on none",
	},
}
