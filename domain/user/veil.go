package user

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-dev/holdfast/domain"
)

// Veil puts pseudonyms in the place of the ids of forgotten users, wherever
// events leave the log. The zero Veil knows nobody and changes nothing. A veil
// is never changed, so it may be shared.
//
// An id and its pseudonym are equally long, and are found where events have
// ids of users: behind `"userId":"` and `user:` in their texts, and at the end
// of names of streams and tags.
type Veil struct {
	pseudonyms map[string]string
	salts      []string
}

// Over returns a veil that covers one more user.
func (v Veil) Over(e Forgotten) Veil {
	next := Veil{pseudonyms: maps.Clone(v.pseudonyms), salts: append(slices.Clip(v.salts), e.Salt)}
	if next.pseudonyms == nil {
		next.pseudonyms = map[string]string{}
	}
	next.pseudonyms[string(e.UserID)] = string(e.Pseudonym())
	return next
}

// Covers reports whether a user was forgotten.
func (v Veil) Covers(id domain.UserID) bool {
	_, covered := v.pseudonyms[string(id)]
	return covered
}

// CoversAny reports whether a user was forgotten whose id begins like this.
func (v Veil) CoversAny(beginning string) bool {
	for id := range v.pseudonyms {
		if strings.HasPrefix(id, beginning) {
			return true
		}
	}
	return false
}

// Len is how many users are covered.
func (v Veil) Len() int { return len(v.pseudonyms) }

// Name returns the name of a stream or of a tag with the pseudonym in it.
func (v Veil) Name(name string) string {
	if len(v.pseudonyms) == 0 {
		return name
	}
	prefix, id, has := strings.Cut(name, "-")
	if pseudonym, covered := v.pseudonyms[id]; has && covered {
		return prefix + "-" + pseudonym
	}
	return name
}

// Uncover returns the name of a stream, a tag or an actor with the id in the
// place of the pseudonym that it ends with, for looking it up in the log.
func (v Veil) Uncover(name string) string {
	for id, pseudonym := range v.pseudonyms {
		if beginning, has := strings.CutSuffix(name, pseudonym); has {
			return beginning + id
		}
	}
	return name
}

// Text returns the payload or the metadata of an event with pseudonyms in it,
// and without the salt that they are made of. It returns the text itself if
// there is nothing to change, else a copy.
func (v Veil) Text(text []byte) []byte {
	if len(v.pseudonyms) == 0 {
		return text
	}
	veiled := text
	for _, marker := range [...]string{`"userId":"`, `user:`} {
		veiled = v.behind(veiled, text, marker)
	}
	return v.withoutSalt(veiled, text)
}

const lengthOfID = 36

// behind changes the ids that follow a marker. It copies the original before
// the first change.
func (v Veil) behind(text, original []byte, marker string) []byte {
	for at := 0; ; {
		found := bytes.Index(text[at:], []byte(marker))
		if found < 0 {
			return text
		}
		at += found + len(marker)
		if at+lengthOfID > len(text) {
			return text
		}
		if pseudonym, covered := v.pseudonyms[string(text[at:at+lengthOfID])]; covered {
			text = ownCopy(text, original)
			copy(text[at:], pseudonym)
		}
	}
}

// withoutSalt blots out the salt of an event that forgets.
func (v Veil) withoutSalt(text, original []byte) []byte {
	const marker = `"salt":"`
	found := bytes.Index(text, []byte(marker))
	if found < 0 {
		return text
	}
	at := found + len(marker)
	for _, salt := range v.salts {
		if salt != "" && bytes.HasPrefix(text[at:], []byte(salt)) {
			text = ownCopy(text, original)
			copy(text[at:], strings.Repeat("0", len(salt)))
		}
	}
	return text
}

// ownCopy returns the text as one that may be changed.
func ownCopy(text, original []byte) []byte {
	if len(text) > 0 && &text[0] == &original[0] {
		return bytes.Clone(text)
	}
	return text
}
