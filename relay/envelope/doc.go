// Package envelope is what an event looks like as a message: a CloudEvent 1.0
// in the binary mode of its Kafka binding.
//
//	m, err := envelope.Encode(event, envelope.Options{})
//	…
//	e, err := envelope.Decode(m)
//
// The value is the event's JSON payload, byte for byte, and everything else is
// a header, so a consumer routes, orders and deduplicates without opening the
// payload. The key is the stream: whoever keeps the order of a key keeps the
// order of a stream.
//
//	ce_specversion    1.0
//	ce_id             the position in the log; with ce_source it is unique
//	ce_source         which log: a setting, /holdfast unless it is given
//	ce_type           the wire type: seat.held.v1
//	ce_subject        the stream: seat-…-7
//	ce_time           the store's recording time, RFC 3339, UTC, microseconds
//	ce_position       the position again, for those who compare numbers
//	ce_streamversion  the place in the stream: 1, 2, 3 …
//	ce_partitionkey   the stream again, as the partitioning extension has it
//	ce_actor, ce_command, ce_correlationid, ce_traceparent
//	                  where the event came from, each only if it is known
//	ce_replay         true on what is sent again on purpose
//	content-type      application/json
//
// It promises that Decode is the inverse of Encode, and that a message which is
// none of ours is refused with the place where it stands. It does not look into
// payloads: they are the domain's.
package envelope
