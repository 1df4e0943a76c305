package command

import (
	"crypto/sha256"
	"strconv"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// digestSize is how much of a SHA-256 is kept.
const digestSize = 16

// key returns the log's key of a request with the given fingerprint: none if
// the sender gave it no name. Two senders may use the same name.
func (e Envelope) key(fingerprint [digestSize]byte) eventstore.Key {
	if e.IdempotencyKey == "" {
		return eventstore.Key{}
	}
	text := make([]byte, 0, 256)
	text = append(text, e.Actor...)
	text = append(text, 0)
	text = append(text, e.IdempotencyKey...)
	return eventstore.Key{ID: digest(text), Fingerprint: fingerprint}
}

// request is the canonical text of what a command asks for: its name, a zero
// byte, and every field behind its length, so that no two requests share one.
//
// The admission under which a request is sent is no part of it: somebody who
// repeats a request after queueing again asks for the same thing.
type request []byte

func newRequest(name string) request {
	return append(append(make(request, 0, 256), name...), 0)
}

func (r request) text(field string) request {
	r = strconv.AppendInt(r, int64(len(field)), 10)
	r = append(r, ':')
	return append(r, field...)
}

func (r request) number(field int64) request {
	var digits [20]byte
	return r.text(string(strconv.AppendInt(digits[:0], field, 10)))
}

func (r request) fingerprint() [digestSize]byte { return digest(r) }

func digest(text []byte) [digestSize]byte {
	sum := sha256.Sum256(text)
	return [digestSize]byte(sum[:digestSize])
}
