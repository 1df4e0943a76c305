package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// digest gathers the content of an answer for its revision. Texts are written
// with their length, so that no two contents look alike.
type digest struct {
	content []byte
}

func (d *digest) text(s string) {
	d.number(int64(len(s)))
	d.content = append(d.content, s...)
}

func (d *digest) number(n int64) { d.content = binary.AppendVarint(d.content, n) }

// revision returns 16 characters that can stand in an ETag as they are.
func (d *digest) revision() string {
	sum := sha256.Sum256(d.content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
