// Package contract holds what is published for consumers of the events against
// the events themselves: docs/schemas, a JSON Schema for each version of each
// event, and docs/asyncapi.yaml, which describes the messages. It is all tests.
//
// A schema and a golden file go together, in both directions. Schemas are
// closed: a member that they do not know is refused, as the domain's decoders
// refuse it.
package contract
