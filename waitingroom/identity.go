package waitingroom

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
)

// bucketCount is into how many hashes the people who wait for a concert are
// spread. With a million of them a hash has about 60 entries, far below the
// 512 up to which Redis keeps a hash as one compact block.
const bucketCount = 16384

// member is a user's id as Redis stores it.
type member [16]byte

func memberOf(user domain.UserID) (member, error) {
	id, err := uuid.Parse(string(user))
	if err != nil {
		return member{}, fmt.Errorf("user id %q: %w", user, err)
	}
	return member(id), nil
}

// bucket is the same on every instance (FNV-1a, 64 bits).
func (m member) bucket() int {
	hash := uint64(14695981039346656037)
	for _, b := range m {
		hash = (hash ^ uint64(b)) * 1099511628211
	}
	// The low bits of FNV are the weakest.
	return int((hash ^ hash>>32) % bucketCount)
}

// admissionID names the turn that belongs to a number. It follows from the
// number, so that nothing has to be stored to name it the same way again, and
// from the user, so that two turns never share a name. A version 8 UUID.
func admissionID(concert domain.ConcertID, user domain.UserID, number int64) domain.AdmissionID {
	text := make([]byte, 0, 128)
	text = append(text, "holdfast admission\x00"...)
	text = append(text, concert...)
	text = append(text, user...)
	text = binary.BigEndian.AppendUint64(text, uint64(number))
	sum := sha256.Sum256(text)
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return domain.AdmissionID(id.String())
}

func newPlace(concert domain.ConcertID, user domain.UserID, number int64) Place {
	return Place{UserID: user, ConcertID: concert, Number: number, AdmissionID: admissionID(concert, user, number)}
}
