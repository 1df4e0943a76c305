package eventstore

import "slices"

// staged is the state of a key within the group. Events are folded when
// somebody looks, since mostly nobody does.
type staged[S State] struct {
	snapshot[S]
	events []int // indexes into group.events
	folded int   // how many of them the state contains
	// base is the revision that the events are folded onto. The state there may
	// be known (based) or has to be looked for in the writer's memory.
	base  int64
	based bool
}

// stageLast stages the group's last event under its stream and its tag, as
// decided by tx.
func (g *group[S]) stageLast(tx *Tx[S]) {
	last := len(g.events) - 1
	e := &g.events[last]
	stream, tag := e.keys()
	s := g.stageStream(stream, tx)
	s.revision++
	e.Version = Version(s.revision)
	s.events = append(s.events, last)
	if tag.name != "" {
		s := g.stageTag(tag)
		s.revision = g.makeUp()
		s.events = append(s.events, last)
	}
}

// stageStream returns the staged state of a stream, which starts from what the
// decision has read. The writer's memory may have lost it since.
func (g *group[S]) stageStream(k key, tx *Tx[S]) *staged[S] {
	s, ok := g.staged[k]
	if !ok {
		s = &staged[S]{base: tx.revision(k)}
		s.revision = s.base
		s.based = s.base == 0 || g.rebase(k, s)
		g.staged[k] = s
	}
	return s
}

// stageTag returns the staged state of a tag. It may be written without having
// been read, and the group ahead may change it meanwhile, so that its start is
// looked for when somebody reads it.
func (g *group[S]) stageTag(k key) *staged[S] {
	s, ok := g.staged[k]
	if !ok {
		s = &staged[S]{}
		g.staged[k] = s
	}
	return s
}

// below is the state that the group starts from: that of a group ahead, or the
// one in the writer's memory.
func (g *group[S]) below(k key) (snapshot[S], bool) {
	for _, ahead := range slices.Backward(g.ahead) {
		if _, changes := ahead.staged[k]; changes {
			return ahead.look(k)
		}
	}
	return g.cache.look(k)
}

// rebase lets a staged state start from the one below the group and reports
// whether it could. Streams start at the revision that was decided on,
// tags wherever they are.
func (g *group[S]) rebase(k key, s *staged[S]) bool {
	known, ok := g.below(k)
	switch {
	case !ok || (!k.tag && known.revision != s.base):
		return false
	case s.based && known.revision == s.base:
		return true
	}
	s.state, s.generation, s.folded = known.state, known.generation, 0
	s.base, s.based = known.revision, true
	if k.tag {
		s.revision = g.makeUp()
	}
	return true
}

// makeUp returns a revision for a tag within the group, where positions are not
// known yet. It differs from every other and from those in memory.
func (g *group[S]) makeUp() int64 {
	*g.madeUp--
	return *g.madeUp
}

// look implements view.
func (g *group[S]) look(k key) (snapshot[S], bool) {
	s, ok := g.staged[k]
	if !ok {
		return g.below(k)
	}
	if (k.tag || !s.based) && !g.rebase(k, s) {
		return snapshot[S]{}, false
	}
	for s.folded < len(s.events) {
		next, err := g.model.foldOnto(k, s.state, g.events[s.events[s.folded]])
		if err != nil {
			return snapshot[S]{}, false
		}
		s.state = next
		s.folded++
	}
	return s.snapshot, true
}

// presumes implements view. What is staged is not empty, whatever it starts
// from.
func (g *group[S]) presumes(k key) bool {
	if _, staged := g.staged[k]; staged {
		return false
	}
	for _, ahead := range g.ahead {
		if _, staged := ahead.staged[k]; staged {
			return false
		}
	}
	return g.cache.presumes(k)
}
