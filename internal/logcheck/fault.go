package logcheck

import "fmt"

// Rule names what must always hold, for a person and for a test.
type Rule string

// The rules of the log itself.
const (
	RulePositions Rule = "positions count up by one"
	RuleVersions  Rule = "versions of a stream count up by one"
	RuleTime      Rule = "recording times never decrease"
	RuleKeys      Rule = "an idempotency digest occurs once"
	RuleCommand   Rule = "the events of a command stand together"
	RuleShape     Rule = "an event has the shape of its type"
)

// The rules of the sale.
const (
	RuleOneHolder   Rule = "a seat has at most one live holder"
	RuleHolderOnly  Rule = "a seat is released and sold by its holder only"
	RuleSoldIsFinal Rule = "nothing follows a sale"
	RuleSeatExists  Rule = "a seat is one of its performance"
	RuleAtomic      Rule = "an append is whole"
	RuleEndsOnce    Rule = "a hold ends exactly once"
	RuleInTime      Rule = "no payment or cancellation at or after the end of the hold"
	RuleExpiryDue   Rule = "no hold expires before its end"
	RulePrice       Rule = "sold at the price that was held"
	RuleBalance     Rule = "a balance is the sum of its entries and never negative"
	RulePaidOnce    Rule = "each payment and each charge once"
	RuleAdmission   Rule = "an admission ends once"
)

// RuleError is the first event that breaks a rule.
type RuleError struct {
	Rule     Rule
	Position int64
	Stream   string
	Version  int64
	Type     string
	// Detail says what was found and what would have been right.
	Detail string
}

// Error implements the error interface.
func (f *RuleError) Error() string {
	return fmt.Sprintf("log breaks the rule %q at position %d (%s of stream %s, version %d): %s",
		f.Rule, f.Position, f.Type, f.Stream, f.Version, f.Detail)
}

// breaks makes the fault of one event.
func (r record) breaks(rule Rule, format string, args ...any) error {
	return &RuleError{
		Rule:     rule,
		Position: r.position,
		Stream:   r.stream,
		Version:  r.version,
		Type:     r.eventType,
		Detail:   fmt.Sprintf(format, args...),
	}
}
