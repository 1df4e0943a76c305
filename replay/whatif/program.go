// Package whatif folds history with expressions that a user writes: what would
// a read model show that does not exist?
//
//	program, err := whatif.Compile(whatif.Source{
//		Init: `{"held": 0, "sold": 0}`,
//		By:   `payload.performanceId`,
//		On: []whatif.Rule{
//			{Types: "seat.held.v1", Expression: `{held: acc.held + 1}`},
//			{Types: "seat.sold.v1", Expression: `{sold: acc.sold + 1}`},
//		},
//	})
//	groups, err := program.Run(ctx, log, eventstore.Selection{UpTo: head.Position})
//
// Expressions are those of expr-lang.org. They see the accumulator as acc, and
// the event as payload, type, stream, category, position, version, at, actor,
// command and correlation. What a rule returns is the accumulator from then on;
// of an object, the members that it returns.
//
// # What it promises
//
// Expressions cannot loop for ever, reach out of the program or change the log.
// Groups and what they hold are bounded; passing a bound is an error. Errors
// point into the expression, and name the event at which it failed.
package whatif

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// Source is a fold as the user writes it.
type Source struct {
	// Init is the JSON text that each group begins with; 0 if empty.
	Init string
	// By is the expression that names an event's group; empty for one group.
	By string
	// Where is the expression that an event must fulfil; empty for none.
	Where string
	// On are the rules. The first one whose types match is the one that counts;
	// events without a rule are passed over.
	On []Rule
	// Result is the expression that is shown of a group's acc in the end; empty
	// for all of it. It sees nothing of any event.
	Result string
}

// Rule says how the accumulator goes on after an event.
type Rule struct {
	// Types is a wire name, or a beginning of names with a star: "seat.*".
	Types string
	// Expression is the accumulator after the event.
	Expression string
}

// Program is a fold that can run.
type Program struct {
	init                 any
	by, where, result    *vm.Program
	rules                []rule
	maxGroups, maxMemory int
}

type rule struct {
	types string
	then  *vm.Program
}

// environment is what expressions see.
type environment struct {
	Acc         any            `expr:"acc"`
	Payload     map[string]any `expr:"payload"`
	Type        string         `expr:"type"`
	Stream      string         `expr:"stream"`
	Category    string         `expr:"category"`
	Position    int64          `expr:"position"`
	Version     int64          `expr:"version"`
	At          time.Time      `expr:"at"`
	Actor       string         `expr:"actor"`
	Command     string         `expr:"command"`
	Correlation string         `expr:"correlation"`
}

// outcome is what the result's expression sees.
type outcome struct {
	Acc any `expr:"acc"`
}

const (
	// maxGroups bounds how many groups a fold has.
	maxGroups = 1_000_000
	// maxMemory bounds what all accumulators hold together, in bytes, about.
	maxMemory = 128 << 20
	// maxNodes bounds the size of one expression.
	maxNodes = 2_000
)

// Compile checks a fold. The error names the part that is wrong and points into
// its expression.
func Compile(s Source) (*Program, error) {
	p := &Program{init: int64(0), maxGroups: maxGroups, maxMemory: maxMemory}
	if s.Init != "" {
		init, err := decode([]byte(s.Init))
		if err != nil {
			return nil, fmt.Errorf("init: %s is not JSON: %w", s.Init, err)
		}
		p.init = init
	}
	if len(s.On) == 0 {
		return nil, errors.New("a fold needs a rule: --on 'seat.sold.v1=acc + 1'")
	}
	var err error
	if p.by, err = compile("by", s.By, environment{}); err != nil {
		return nil, err
	}
	if p.where, err = compile("where", s.Where, environment{}, expr.AsBool()); err != nil {
		return nil, err
	}
	if p.result, err = compile("result", s.Result, outcome{}); err != nil {
		return nil, err
	}
	for _, r := range s.On {
		then, err := compile("on "+r.Types, r.Expression, environment{})
		if err != nil {
			return nil, err
		}
		if then == nil {
			return nil, fmt.Errorf("on %s: the expression is empty", r.Types)
		}
		p.rules = append(p.rules, rule{r.Types, then})
	}
	return p, nil
}

func compile(part, source string, environment any, options ...expr.Option) (*vm.Program, error) {
	if strings.TrimSpace(source) == "" {
		return nil, nil
	}
	// Names of the moment would make the answer depend on when it is asked.
	options = append(options, expr.Env(environment), expr.MaxNodes(maxNodes), expr.DisableBuiltin("now"))
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", part, err)
	}
	return program, nil
}

// Types returns the patterns of all rules, so that only their events are read.
func (p *Program) Types() []string {
	types := make([]string, len(p.rules))
	for i, r := range p.rules {
		types[i] = r.types
	}
	return types
}

// decode reads JSON text. Whole numbers are int64, so that amounts and counts
// stay exact.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("something follows the value at byte %d", decoder.InputOffset())
	}
	return numbers(value), nil
}

// numbers replaces the numbers in a decoded value.
func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // the decoder has seen that it is a number
		return f
	case map[string]any:
		for name, member := range v {
			v[name] = numbers(member)
		}
	case []any:
		for i, element := range v {
			v[i] = numbers(element)
		}
	}
	return value
}
