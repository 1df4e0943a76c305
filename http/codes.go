package http

import (
	"github.com/holdfast-dev/holdfast/domain"
)

// Codes of refusals that are not a rule of the domain but of the protocol or
// of the state of the server. Clients branch on them: they are never renamed.
const (
	CodeMalformedRequest     domain.Code = "malformed_request"
	CodeKeyMissing           domain.Code = "idempotency_key_missing"
	CodeKeyInvalid           domain.Code = "idempotency_key_invalid"
	CodeUnauthenticated      domain.Code = "unauthenticated"
	CodeForbidden            domain.Code = "forbidden"
	CodeNotFound             domain.Code = "not_found"
	CodeDateNotFound         domain.Code = "date_not_found"
	CodePaymentNotFound      domain.Code = "payment_not_found"
	CodeMethodNotAllowed     domain.Code = "method_not_allowed"
	CodeNotAcceptable        domain.Code = "not_acceptable"
	CodeLengthRequired       domain.Code = "length_required"
	CodeBodyTooLarge         domain.Code = "body_too_large"
	CodeUnsupportedMediaType domain.Code = "unsupported_media_type"
	CodeHeadersTooLarge      domain.Code = "headers_too_large"
	CodeRequestInFlight      domain.Code = "request_in_flight"
	CodeConflict             domain.Code = "conflict"
	CodeInternal             domain.Code = "internal"
	CodeStoreUnavailable     domain.Code = "store_unavailable"
	CodeTimeout              domain.Code = "timeout"
	CodeProjectionBehind     domain.Code = "projection_behind"
)

// problemTypeBase is where a code is explained to people; see errors.md.
const problemTypeBase = "https://github.com/holdfast-dev/holdfast/blob/main/http/errors.md#"

// meaning is what a code means to an HTTP client.
type meaning struct {
	code   domain.Code
	status int
	title  string
	// advice says in a sentence when the code comes and what to do about it.
	advice string
}

// meanings is the table of all codes, in the order of their statuses. The
// enumeration in the contract and errors.md are held to it by tests.
var meanings = []meaning{
	{CodeMalformedRequest, 400, "The request can't be read", "The body is not JSON, repeats a name, nests too deep or has something behind it; or the query can't be decoded. Mend the request."},
	{CodeKeyMissing, 400, "The idempotency key is missing", "The command needs an Idempotency-Key header, so that it can be repeated safely. Send one."},
	{CodeKeyInvalid, 400, "The idempotency key can't be used", "A key has 1 to 255 visible ASCII characters and is sent once."},
	{CodeUnauthenticated, 401, "The token is not good", "There is no bearer token, or it is forged, expired, of the wrong kind or spent; the answer does not say which. Get another one."},
	{domain.CodeInsufficientBalance, 402, "The balance is too small", "Charge the wallet and pay again before the hold ends."},
	{domain.CodeNotAdmitted, 403, "Not admitted", "The place in the queue is still waiting, or the admission is over, or it is for another concert. Poll the queue, or join again."},
	{CodeForbidden, 403, "Not allowed", "The admin token lacks the scope for this operation."},
	{CodeNotFound, 404, "Not found", "There is nothing here, or it is another user's."},
	{domain.CodeConcertNotFound, 404, "No such concert", "GET /v1/concerts lists those there are."},
	{domain.CodePerformanceNotFound, 404, "No such performance", "It does not exist, or is not part of the concert that the admission is for."},
	{CodeDateNotFound, 404, "No such date", "The concert has no performance on this date, in the local time of the venue."},
	{domain.CodeReservationNotFound, 404, "No such reservation", "It does not exist, or is another user's."},
	{CodePaymentNotFound, 404, "No such payment", "It does not exist, or is another user's."},
	{CodeMethodNotAllowed, 405, "The method is not allowed here", "The Allow header lists those that are."},
	{CodeNotAcceptable, 406, "No acceptable representation", "The Accept header rules out all that this operation can answer with."},
	{CodeLengthRequired, 411, "The length is required", "Send the body with a Content-Length, not in chunks."},
	{CodeBodyTooLarge, 413, "The body is too large", "No command needs a body of this size."},
	{CodeUnsupportedMediaType, 415, "The media type is not supported", "Send application/json in UTF-8 without a content coding."},
	{CodeHeadersTooLarge, 431, "The headers are too large", "Send fewer or shorter headers, or a shorter address."},
	{domain.CodeSeatUnavailable, 409, "A seat is not available", "Somebody else holds or has bought the seats that are named. Choose others."},
	{domain.CodeAlreadyConfirmed, 409, "Already confirmed", "The reservation is paid."},
	{domain.CodeAlreadyCancelled, 409, "Already cancelled", "The reservation was cancelled, and its seats are free for others."},
	{CodeRequestInFlight, 409, "The same request is under way", "A request with the same idempotency key has not been answered yet. Repeat in a moment."},
	{CodeConflict, 409, "Too many at once", "The things this request is about kept changing while it was decided. Nothing was done; repeat it."},
	{domain.CodeHoldExpired, 410, "The hold is over", "The seats may be held again, by anybody."},
	{domain.CodeQueueClosed, 410, "The queue is closed", "The concert is sold out, or its sale is over."},
	{domain.CodeInvalidRequest, 422, "The request is not valid", "Every broken field is listed under errors."},
	{domain.CodeSeatNotFound, 422, "No such seat", "The performance has no seat with the numbers that are named."},
	{domain.CodeKeyReused, 422, "The idempotency key was used for another request", "Take another key for another request."},
	{domain.CodeLimitExceeded, 422, "A limit is exceeded", "The limits are on the seats a user holds at a time and on the balance of a wallet."},
	{domain.CodeRateLimited, 429, "Too many requests", "Wait for as long as Retry-After says."},
	{CodeInternal, 500, "Something went wrong here", "The fault is logged under the X-Request-Id of the answer."},
	{CodeStoreUnavailable, 503, "The store is not available", "Whether a command took effect is settled by repeating it with the same key."},
	{domain.CodeQueueUnavailable, 503, "The queue is not available", "Nobody loses a place by this. Try again."},
	{CodeTimeout, 503, "It took too long", "Whether a command took effect is settled by repeating it with the same key."},
	{CodeProjectionBehind, 503, "The answer would be out of date", "The position that was asked for is not visible yet. Try again."},
}

var meaningOf = indexMeanings()

func indexMeanings() map[domain.Code]meaning {
	index := make(map[domain.Code]meaning, len(meanings))
	for _, m := range meanings {
		index[m.code] = m
	}
	return index
}
