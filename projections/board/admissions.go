package board

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-dev/holdfast/domain"
)

// admissions remembers which admissions are over, for at least as long as it
// is told and at most twice that: two generations, of which the older one is
// forgotten as a whole.
type admissions struct {
	memory time.Duration

	mu        sync.RWMutex
	young     map[uuid.UUID]struct{}
	old       map[uuid.UUID]struct{}
	youngFrom time.Time
}

func newAdmissions(memory time.Duration) *admissions {
	return &admissions{memory: memory, young: make(map[uuid.UUID]struct{})}
}

// ended is an admission that is over, and since when.
type ended struct {
	key uuid.UUID
	at  time.Time
}

// add remembers admissions. Times do not decrease.
func (a *admissions) add(all ...ended) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range all {
		if e.at.Sub(a.youngFrom) > a.memory {
			a.old, a.young, a.youngFrom = a.young, make(map[uuid.UUID]struct{}), e.at
		}
		a.young[e.key] = struct{}{}
	}
}

func (a *admissions) has(id domain.AdmissionID) bool {
	key, err := uuid.Parse(string(id))
	if err != nil {
		return false
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	_, young := a.young[key]
	_, old := a.old[key]
	return young || old
}
