package eventstore

import "encoding/binary"

// Columns of an event as appendEvent writes them. Without position the store
// gives one, without recorded_at it fills that in by its clock.
const (
	copiedColumns    = `version, command_id, fingerprint, command_size, stream, type, tag, payload, metadata`
	copyEvents       = `COPY holdfast.events (position, ` + copiedColumns + `) FROM STDIN (FORMAT binary)`
	copyEventsAt     = `COPY holdfast.events (position, ` + copiedColumns + `, recorded_at) FROM STDIN (FORMAT binary)`
	copyPlacedEvents = `COPY holdfast.events (` + copiedColumns + `) FROM STDIN (FORMAT binary)`
	copiedCount      = 9
)

// copyHeader begins binary COPY data: its signature, no flags, no extension.
const copyHeader = "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000"

// copyChunk is how many bytes of COPY data make a message. The server reads
// messages as a whole, and large ones take it long to find memory for.
const copyChunk = 32 << 10

// appendCopy appends the messages with the events of a proposal, and the one
// that ends them.
func appendCopy(dst []byte, p *proposal) []byte {
	dst, begin := beginMessage(dst, 'd')
	dst = append(dst, copyHeader...)
	leads := p.leads
	for i := range p.events {
		if len(dst)-begin > copyChunk {
			endMessage(dst, begin)
			dst, begin = beginMessage(dst, 'd')
		}
		var of *lead
		if len(leads) > 0 && leads[0].event == i {
			of, leads = &leads[0], leads[1:]
		}
		dst = p.appendEvent(dst, &p.events[i], of)
	}
	dst = binary.BigEndian.AppendUint16(dst, 1<<16-1)
	endMessage(dst, begin)
	dst, begin = beginMessage(dst, 'c')
	endMessage(dst, begin)
	return dst
}

// appendEvent appends a row.
func (p *proposal) appendEvent(dst []byte, e *Event, of *lead) []byte {
	count := uint16(copiedCount)
	if !p.placed {
		count++
	}
	if !p.at.IsZero() {
		count++
	}
	dst = binary.BigEndian.AppendUint16(dst, count)
	if !p.placed {
		dst = appendBigint(dst, int64(e.Position))
	}
	dst = appendBigint(dst, int64(e.Version))
	if of != nil {
		dst = appendField(dst, of.key.ID[:])
		dst = appendField(dst, of.key.Fingerprint[:])
		dst = appendWords(dst, 4, uint32(of.size))
	} else {
		dst = appendNulls(dst, 3)
	}
	dst = appendField(dst, e.Stream)
	dst = appendField(dst, e.Type)
	if e.Tag != "" {
		dst = appendField(dst, e.Tag)
	} else {
		dst = appendNulls(dst, 1)
	}
	dst = appendField(dst, e.Payload)
	dst = appendField(dst, e.Metadata)
	if !p.at.IsZero() {
		dst = appendBigint(dst, microseconds(p.at))
	}
	return dst
}

// beginMessage appends the begin of a message of the protocol and returns where
// its length will stand.
func beginMessage(dst []byte, kind byte) (begun []byte, begin int) {
	return append(dst, kind, 0, 0, 0, 0), len(dst) + 1
}

// endMessage fills in the length of the message that is the end of dst.
func endMessage(dst []byte, begin int) {
	binary.BigEndian.PutUint32(dst[begin:], uint32(len(dst)-begin))
}
