package eventstore

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"
)

// recorded is what the log holds under a key.
type recorded struct {
	fingerprint [16]byte
	events      []Event
}

// recordedUnder finds the events of commands by their keys, of which some may
// be given several times.
const recordedUnder = `
SELECT lead.command_id, lead.fingerprint, e.position, e.version, e.recorded_at, e.stream, e.type, coalesce(e.tag, ''), e.payload, e.metadata
FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) AS given(id)) k
JOIN holdfast.events lead ON lead.command_id = k.id
JOIN holdfast.events e ON e.position >= lead.position AND e.position < lead.position + lead.command_size
ORDER BY e.position`

// replay answers the commands of a batch whose keys the log holds and returns
// the others.
func (w *Writer[S]) replay(batch []*pending[S]) ([]*pending[S], error) {
	ctx, cancel := context.WithTimeout(context.Background(), w.opts.Timeout)
	defer cancel()
	rows, err := w.log.pool.Query(ctx, recordedUnder, uuids(keysOf(batch)))
	if err != nil {
		return nil, unavailable("read what a key stands for", err)
	}
	defer rows.Close()
	found := map[[16]byte]recorded{}
	names := interned{}
	for rows.Next() {
		raw := rows.RawValues()
		id := [16]byte(raw[0])
		e, err := decodeRow(raw[2:], names)
		if err != nil {
			return nil, err
		}
		e.Payload, e.Metadata = clone(e.Payload), clone(e.Metadata)
		r := found[id]
		r.fingerprint = [16]byte(raw[1])
		r.events = append(r.events, e)
		found[id] = r
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("read what a key stands for", err)
	}
	return answerRepeated(batch, found), nil
}

// uuids turns keys into what pgx encodes as uuid[].
func uuids(keys [][16]byte) []pgtype.UUID {
	ids := make([]pgtype.UUID, len(keys))
	for i, k := range keys {
		ids[i] = pgtype.UUID{Bytes: k, Valid: true}
	}
	return ids
}

func clone(text []byte) []byte { return append([]byte(nil), text...) }

// answerRepeated answers the commands whose keys are among those recorded and
// returns the others.
func answerRepeated[S State](batch []*pending[S], found map[[16]byte]recorded) (rest []*pending[S]) {
	for _, p := range batch {
		r, ok := found[p.cmd.Key.ID]
		switch {
		case !ok:
			rest = append(rest, p)
		case r.fingerprint != p.cmd.Key.Fingerprint:
			p.settle(verdict{err: ErrKeyReused})
		default:
			p.settle(verdict{receipt: Receipt{Events: slices.Clip(r.events), Replayed: true}})
		}
	}
	return rest
}

// settleRepeated answers the commands of a batch that repeat a key of a
// committed group from the group itself, and returns the others: among them
// those whose first was refused.
func settleRepeated[S State](batch []*pending[S], g *group[S]) []*pending[S] {
	if len(batch) == 0 {
		return nil
	}
	accepted := make(map[[16]byte]recorded, len(g.members))
	for _, m := range g.members {
		if m.keyed() && m.count > 0 {
			accepted[m.cmd.Key.ID] = recorded{fingerprint: m.cmd.Key.Fingerprint, events: g.eventsOf(m)}
		}
	}
	return answerRepeated(batch, accepted)
}

// keysOf returns the keys of a batch.
func keysOf[S State](batch []*pending[S]) [][16]byte {
	keys := make([][16]byte, 0, len(batch))
	for _, p := range batch {
		if p.keyed() {
			keys = append(keys, p.cmd.Key.ID)
		}
	}
	return keys
}
