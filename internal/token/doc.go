// Package token makes and reads the bearer tokens of Holdfast.
//
// There are three kinds: an [Access] token says who a user is, a [Queue] token
// says which place the user has in one concert's waiting room (and, once it is
// that user's turn, carries the admission), an [Admin] token says what an
// operator may do. The kinds are never interchangeable: each is signed with a
// key of its own, derived from the one secret, and names its kind in the
// header, so a token of one kind does not verify as another whatever it says.
//
// Tokens are JWTs with HS256 and nothing else. The algorithm is not negotiated.
// A token needs no store to be verified, so an admitted user can go on buying
// while the waiting room's store is down; that it has been spent is known to
// the log, not to the token.
//
// Time is a parameter, and callers pass the store's clock: a token ends at the
// same moment on every instance, whatever the clock of its machine says.
//
// Every token that is not good is answered with [ErrInvalid] and nothing else.
// Whoever tries tokens does not learn whether one was forged, expired or of
// the wrong kind.
//
// With an external identity provider, [Provider] verifies that provider's
// access tokens in place of ours; see [NewVerifier].
package token

import "errors"

// ErrInvalid is the answer to every token that is not good, for whatever
// reason. It is never wrapped and never carries a cause.
var ErrInvalid = errors.New("token is not valid")

// maxLength bounds what is parsed, in bytes. Our own tokens have less than
// 700; those of identity providers that list groups and roles have more.
const maxLength = 8192
