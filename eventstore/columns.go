package eventstore

import (
	"github.com/jackc/pgx/v5/pgtype"
)

// batch is the events of a group, column by column, as Postgres takes them.
type batch struct {
	streams      []string
	versions     []int64
	types        []string
	tags         []string
	payloads     [][]byte
	metadatas    [][]byte
	commandIDs   []pgtype.UUID
	fingerprints []pgtype.UUID
	sizes        []pgtype.Int4
}

// columns lays the group's events out. Keys stand on the first event of their
// command only.
func (g *group[S]) columns() batch {
	n := len(g.events)
	b := batch{
		streams:      make([]string, n),
		versions:     make([]int64, n),
		types:        make([]string, n),
		tags:         make([]string, n),
		payloads:     make([][]byte, n),
		metadatas:    make([][]byte, n),
		commandIDs:   make([]pgtype.UUID, n),
		fingerprints: make([]pgtype.UUID, n),
		sizes:        make([]pgtype.Int4, n),
	}
	for i := range g.events {
		e := &g.events[i]
		b.streams[i], b.versions[i], b.types[i], b.tags[i] = e.Stream, int64(e.Version), e.Type, e.Tag
		b.payloads[i], b.metadatas[i] = e.Payload, e.Metadata
	}
	for _, m := range g.members {
		if m.count == 0 || !m.keyed() {
			continue
		}
		b.commandIDs[m.first] = pgtype.UUID{Bytes: m.cmd.Key.ID, Valid: true}
		b.fingerprints[m.first] = pgtype.UUID{Bytes: m.cmd.Key.Fingerprint, Valid: true}
		b.sizes[m.first] = pgtype.Int4{Int32: int32(m.count), Valid: true}
	}
	return b
}

// uuids turns keys into what pgx encodes as uuid[].
func uuids(keys [][16]byte) []pgtype.UUID {
	ids := make([]pgtype.UUID, len(keys))
	for i, k := range keys {
		ids[i] = pgtype.UUID{Bytes: k, Valid: true}
	}
	return ids
}
