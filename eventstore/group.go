package eventstore

import (
	"slices"
	"time"
)

// Either of these closes a group, so that one statement and the time under the
// lock stay small. The last command may go beyond them.
const (
	eventLimit = 4096
	byteLimit  = 8 << 20
)

// group is a batch of commands decided one after the other, each on what the
// ones before it will have appended. It is a view of the log as it will stand
// when the group is committed, and nothing more than a plan until then. It may
// be decided on top of groups that are plans themselves: see ahead.
type group[S State] struct {
	cache *cache[S]
	model Model[S]
	// now is the time at which commands are decided: the time of the append
	// if that is known (exact), else an estimate. It stands still once there
	// are events, because all of a group are recorded at the same time.
	now   time.Time
	exact bool
	// ahead are the groups in flight that this one is decided on top of, the
	// earliest first. It is recorded only if they are.
	ahead []*group[S]
	// head is the position behind which the group's events go; see place.
	head Position
	way  Way

	members []member[S]
	// later are commands that wait for a group ahead, for the first command
	// of this group with the same key, or for room.
	later  []*pending[S]
	events []Event
	bytes  int // of the events' payloads
	keys   [][16]byte
	// presumed are the keys that members have taken to be without an event.
	presumed   []key
	isPresumed map[key]struct{}
	leads      map[[16]byte]struct{}
	staged     map[key]*staged[S]
	// madeUp is the latest revision that the writer has made up for a tag.
	madeUp *int64
	// The span of time in which every decision of the group is right.
	from, until time.Time
}

// member is a command of a group and its share of the group's events.
type member[S State] struct {
	*pending[S]
	first, count int
}

// newGroup makes an empty group that is decided at a time.
func (w *Writer[S]) newGroup(now time.Time) *group[S] {
	return &group[S]{
		cache: w.cache, model: w.model, now: now, madeUp: &w.madeUp, way: Alone,
		leads: map[[16]byte]struct{}{}, staged: map[key]*staged[S]{}, isPresumed: map[key]struct{}{},
	}
}

func (g *group[S]) empty() bool { return g.size() == 0 }

// full reports that the group's events are enough for one statement.
func (g *group[S]) full() bool { return len(g.events) >= eventLimit || g.bytes >= byteLimit }

// size is the number of commands that have no verdict.
func (g *group[S]) size() int { return len(g.members) + len(g.later) }

// add makes a command a member, deciding it again if the group has changed what
// it was decided on. A command whose states are not in memory is sent back to
// fetch them; one whose caller has left is dropped.
func (g *group[S]) add(p *pending[S]) {
	if p.ctx.Err() != nil {
		return
	}
	if !g.exact && len(g.events) == 0 && p.tx.now.After(g.now) {
		g.now = p.tx.now
	}
	if g.full() || g.mustWait(p) {
		g.later = append(g.later, p)
		return
	}
	if (p.within != nil && p.within != g) || !p.tx.stands(g, g.now) {
		if missing := p.decide(g, g.now); missing != nil {
			p.settle(verdict{missing: missing})
			return
		}
		p.within = g
		if g.mustWait(p) {
			// What it has seen of a group ahead may be an estimate, of which neither
			// version nor generation tells. It belongs to no group and is decided
			// again when that has landed.
			p.within = &group[S]{}
			g.later = append(g.later, p)
			return
		}
	}
	if p.keyed() {
		g.leads[p.cmd.Key.ID] = struct{}{}
		g.keys = append(g.keys, p.cmd.Key.ID)
	}
	g.admit(p)
}

// mustWait reports whether a command repeats a key that is under way, or reads
// what is in flight and cannot be told before it has landed.
func (g *group[S]) mustWait(p *pending[S]) bool {
	if g.leadsWith(p) {
		return true
	}
	for _, ahead := range g.ahead {
		if ahead.leadsWith(p) || ahead.hides(p.tx.reads) {
			return true
		}
	}
	return false
}

// leadsWith reports whether a command of the group has the same key.
func (g *group[S]) leadsWith(p *pending[S]) bool {
	if !p.keyed() {
		return false
	}
	_, repeats := g.leads[p.cmd.Key.ID]
	return repeats
}

// hides reports whether the group changes something that was read and whose
// state it does not know for sure: one that rests on the time of recording, or
// a tag, of which a look-up may find the group's own events already.
func (g *group[S]) hides(reads []read) bool {
	for i := range reads {
		k := reads[i].key
		if s, changes := g.staged[k]; changes && (!s.based || !g.model.timeless(k)) {
			return true
		}
	}
	return false
}

// admit gives the events of a decided command their places and stages them for
// the commands behind it.
func (g *group[S]) admit(p *pending[S]) {
	m := member[S]{pending: p, first: len(g.events), count: len(p.tx.events)}
	for i := range p.tx.events {
		fact := &p.tx.events[i]
		g.events = append(g.events, Event{
			Stream:     fact.Stream,
			Type:       fact.Type,
			Tag:        fact.Tag,
			Payload:    fact.Payload,
			Fact:       fact.Fact,
			Metadata:   p.metadata,
			RecordedAt: g.now,
		})
		g.bytes += len(fact.Payload)
		g.stageLast(p.tx)
	}
	g.members = append(g.members, m)
	for i := range p.tx.reads {
		if p.tx.reads[i].presumed {
			g.presume(p.tx.reads[i].key)
		}
	}
	if p.tx.from.After(g.from) {
		g.from = p.tx.from
	}
	if until := p.tx.until; !until.IsZero() && (g.until.IsZero() || until.Before(g.until)) {
		g.until = until
	}
}

// presume notes a key that the database has to verify to be without an event.
func (g *group[S]) presume(k key) {
	if _, noted := g.isPresumed[k]; !noted {
		g.isPresumed[k] = struct{}{}
		g.presumed = append(g.presumed, k)
	}
}

// place gives the group's events their positions behind the head of the log.
func (g *group[S]) place(head Position) {
	g.head = head
	for i := range g.events {
		g.events[i].Position = head + Position(i) + 1
	}
}

// eventsOf returns a member's share of the group's events.
func (g *group[S]) eventsOf(m member[S]) []Event {
	return slices.Clip(g.events[m.first : m.first+m.count])
}

// unsettled returns the commands of the group that have no verdict, in order.
func (g *group[S]) unsettled() []*pending[S] {
	batch := make([]*pending[S], 0, g.size())
	for _, m := range g.members {
		batch = append(batch, m.pending)
	}
	return append(batch, g.later...)
}
