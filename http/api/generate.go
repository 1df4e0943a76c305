// The types and the strict server are generated from the contract,
// ../openapi.yaml. Nothing in this package is written by hand but this file.
// Handlers take and return these types; routes, statuses and headers that the
// contract does not know cannot be written.

package api //nolint:revive // the package comment is in the generated file

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config config.yaml ../openapi.yaml
