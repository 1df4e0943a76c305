package whatif

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Log is what a fold reads. [eventstore.Log] is one.
type Log interface {
	Select(ctx context.Context, s eventstore.Selection,
		visit func(eventstore.Event) error, passed func(eventstore.Position) error) error
}

// Group is what a fold came to for the events of one group.
type Group struct {
	// Key is the group's name, "" if there is one of all.
	Key string `json:"group"`
	// Events is how many have been folded.
	Events int64 `json:"events"`
	Value  any   `json:"value"`
	size   int
}

// Run folds the events of a selection and returns the groups, in the order of
// their keys. When ctx ends it returns at once, even from within an expression.
func (p *Program) Run(ctx context.Context, log Log, s eventstore.Selection) ([]Group, error) {
	type answer struct {
		groups []Group
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		groups, err := p.run(ctx, log, s)
		done <- answer{groups, err}
	}()
	select {
	case a := <-done:
		return a.groups, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *Program) run(ctx context.Context, log Log, s eventstore.Selection) ([]Group, error) {
	f := folding{Program: p, groups: map[string]*Group{}, machine: vm.VM{}}
	if err := log.Select(ctx, s, func(e eventstore.Event) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return f.fold(e)
	}, nil); err != nil {
		return nil, err
	}
	groups := make([]Group, 0, len(f.groups))
	for _, key := range slices.Sorted(maps.Keys(f.groups)) {
		group := *f.groups[key]
		if p.result != nil {
			shown, err := f.machine.Run(p.result, outcome{Acc: group.Value})
			if err != nil {
				return nil, fmt.Errorf("result, group %q: %w", key, err)
			}
			group.Value = shown
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// folding is one run of a program.
type folding struct {
	*Program

	machine vm.VM
	groups  map[string]*Group
	// memory is about what all accumulators hold, in bytes.
	memory int
}

func (f *folding) fold(e eventstore.Event) error {
	at := slices.IndexFunc(f.rules, func(r rule) bool {
		beginning, open := strings.CutSuffix(r.types, "*")
		return r.types == e.Type || open && strings.HasPrefix(e.Type, beginning)
	})
	if at < 0 {
		return nil
	}
	env, err := environmentOf(e)
	if err != nil {
		return err
	}
	fail := func(part string, err error) error {
		return fmt.Errorf("%s, at position %d (%s of %s): %w", part, e.Position, e.Type, e.Stream, err)
	}
	if f.where != nil {
		fits, err := f.machine.Run(f.where, env)
		if err != nil {
			return fail("where", err)
		}
		if fits != true {
			return nil
		}
	}
	key := ""
	if f.by != nil {
		name, err := f.machine.Run(f.by, env)
		if err != nil {
			return fail("by", err)
		}
		key = fmt.Sprint(name)
	}
	group, known := f.groups[key]
	if !known {
		if len(f.groups) == f.maxGroups {
			return fail("by", fmt.Errorf("more than %d groups", f.maxGroups))
		}
		group = &Group{Key: key, Value: f.init}
		f.groups[key] = group
	}
	env.Acc = group.Value
	next, err := f.machine.Run(f.rules[at].then, env)
	if err != nil {
		return fail("on "+f.rules[at].types, err)
	}
	group.Value = merge(group.Value, next)
	group.Events++
	return f.account(group, func(err error) error { return fail("on "+f.rules[at].types, err) })
}

// account keeps count of what the groups hold.
func (f *folding) account(group *Group, fail func(error) error) error {
	left := f.maxMemory - f.memory + group.size
	size := sizeOf(reflect.ValueOf(group.Value), left)
	f.memory += size - group.size
	group.size = size
	if f.memory > f.maxMemory {
		return fail(fmt.Errorf("the accumulators hold more than %d MiB: keep counts, not events", f.maxMemory>>20))
	}
	return nil
}

// merge returns the accumulator after a rule: the members of an object go into
// the object that it is, anything else replaces it.
func merge(acc, next any) any {
	was, isObject := acc.(map[string]any)
	members, returnsObject := next.(map[string]any)
	if !isObject || !returnsObject {
		return next
	}
	merged := make(map[string]any, len(was)+len(members))
	maps.Copy(merged, was)
	maps.Copy(merged, members)
	return merged
}

// sizeOf is about what a value holds, in bytes. It stops counting past a limit.
func sizeOf(v reflect.Value, limit int) int {
	const word = 16
	size := word
	switch v.Kind() { //nolint:exhaustive // all others are words
	case reflect.String:
		size += v.Len()
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			return sizeOf(v.Elem(), limit)
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && size <= limit; i++ {
			size += sizeOf(v.Index(i), limit-size)
		}
	case reflect.Map:
		for members := v.MapRange(); members.Next() && size <= limit; {
			size += 2*word + sizeOf(members.Key(), limit-size) + sizeOf(members.Value(), limit-size)
		}
	}
	return size
}

var errNotObject = errors.New("it is not an object")

func environmentOf(e eventstore.Event) (environment, error) {
	value, err := decode(e.Payload)
	payload, isObject := value.(map[string]any)
	if err == nil && !isObject {
		err = errNotObject
	}
	if err != nil {
		return environment{}, fmt.Errorf("payload of position %d (%s): %w", e.Position, e.Type, err)
	}
	m, err := e.DecodeMetadata()
	return environment{
		Payload: payload, Type: e.Type, Stream: e.Stream, Category: eventstore.Category(e.Stream),
		Position: int64(e.Position), Version: int64(e.Version), At: e.RecordedAt,
		Actor: m.Actor, Command: m.Command, Correlation: m.Correlation,
	}, err
}
