package token

import (
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// maxNameLength bounds the name in an admin token, in bytes.
const maxNameLength = 100

// claims is the JSON body of all three kinds. Names and meanings are written
// into tokens that are out in the world: they don't change.
type claims struct {
	Subject string `json:"sub"`
	// IssuedAt and ExpiresAt are seconds since 1970.
	IssuedAt  int64 `json:"iat"`
	ExpiresAt int64 `json:"exp"`
	// ID is the admission of a queue token.
	ID string `json:"jti,omitzero"`
	// Concert and Number belong to queue tokens.
	Concert string `json:"concert,omitzero"`
	Number  int64  `json:"number,omitzero"`
	// Until is the end of the admission in microseconds since 1970.
	Until int64 `json:"until,omitzero"`
	// Scope lists an admin's rights, separated by spaces (RFC 8693 4.2).
	Scope string `json:"scope,omitzero"`
}

func claimsOf(b Bearer, issuedAt, expiresAt time.Time) claims {
	c := claims{IssuedAt: issuedAt.Unix(), ExpiresAt: expiresAt.Unix()}
	switch b := b.(type) {
	case Access:
		c.Subject = string(b.UserID)
	case Queue:
		c.Subject = string(b.UserID)
		c.ID = string(b.AdmissionID)
		c.Concert = string(b.ConcertID)
		c.Number = b.Number
		if !b.AdmittedUntil.IsZero() {
			c.Until = b.AdmittedUntil.UnixMicro()
		}
	case Admin:
		c.Subject = b.Name
		c.Scope = strings.Join(b.Scopes, " ")
	}
	return c
}

// bearer returns what claims of kind k say, and false if they are not
// complete. The signature has vouched for who wrote them; this keeps a fault
// of ours from becoming a stream name.
func (c claims) bearer(k kind) (Bearer, bool) {
	switch k {
	case kindAccess:
		return c.access()
	case kindQueue:
		return c.queue()
	default:
		return c.admin()
	}
}

func (c claims) access() (Bearer, bool) {
	user, ok := domain.ParseID[domain.UserID](c.Subject)
	return Access{UserID: user}, ok
}

func (c claims) queue() (Bearer, bool) {
	user, userOK := domain.ParseID[domain.UserID](c.Subject)
	concert, concertOK := domain.ParseID[domain.ConcertID](c.Concert)
	admission, admissionOK := domain.ParseID[domain.AdmissionID](c.ID)
	if !userOK || !concertOK || !admissionOK || c.Number < 1 || c.Until < 0 {
		return nil, false
	}
	q := Queue{UserID: user, ConcertID: concert, AdmissionID: admission, Number: c.Number}
	if c.Until > 0 {
		q.AdmittedUntil = time.UnixMicro(c.Until).UTC()
	}
	return q, true
}

func (c claims) admin() (Bearer, bool) {
	if c.Subject == "" || len(c.Subject) > maxNameLength {
		return nil, false
	}
	return Admin{Name: c.Subject, Scopes: strings.Fields(c.Scope)}, true
}
