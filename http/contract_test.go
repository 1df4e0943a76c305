package http

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// promised are the routes that clients have been told of. A route that is
// missing here is not promised, one that is missing in the contract is broken.
var promised = []string{
	"POST /v1/users",
	"GET /v1/concerts",
	"POST /v1/concerts/{concertId}/queue-tokens",
	"GET /v1/queue",
	"GET /v1/queue/stream",
	"DELETE /v1/queue",
	"GET /v1/concerts/{concertId}/dates",
	"GET /v1/concerts/{concertId}/dates/{date}/seats",
	"GET /v1/performances/{performanceId}/seats/stream",
	"POST /v1/reservations",
	"GET /v1/reservations",
	"GET /v1/reservations/{reservationId}",
	"DELETE /v1/reservations/{reservationId}",
	"POST /v1/users/{userId}/wallet/charges",
	"GET /v1/users/{userId}/wallet",
	"GET /v1/users/{userId}/wallet/entries",
	"POST /v1/payments",
	"GET /v1/payments",
	"GET /v1/payments/{paymentId}",
	"POST /v1/admin/concerts",
	"POST /v1/admin/concerts/{concertId}/performances",
	"GET /v1/admin/concerts/{concertId}/queue",
	"PUT /v1/admin/concerts/{concertId}/queue",
	"GET /v1/admin/events",
	"GET /v1/admin/status",
	"GET /healthz",
	"GET /readyz",
	"GET /metrics",
	"GET /openapi.json",
	"GET /docs",
	"GET /",
}

func newContract(t testing.TB) *contract {
	t.Helper()
	c, err := loadContract()
	require.NoError(t, err)
	return c
}

func TestContractHoldsThePromisedRoutes(t *testing.T) {
	t.Parallel()
	var routes []string
	for _, o := range newContract(t).operations {
		routes = append(routes, o.method+" "+o.path)
	}
	require.ElementsMatch(t, promised, routes)
}

func TestContractListsTheCodes(t *testing.T) {
	t.Parallel()
	var listed, known []string
	for _, value := range newContract(t).doc.Components.Schemas["Code"].Value.Enum {
		code, ok := value.(string)
		require.True(t, ok)
		listed = append(listed, code)
	}
	for _, m := range meanings {
		known = append(known, string(m.code))
	}
	require.ElementsMatch(t, known, listed)
	require.Len(t, meaningOf, len(meanings), "no code twice")
}

// TestContractBoundsEverything checks that no value of the contract is open:
// objects have no other members, and strings, numbers and lists have limits.
func TestContractBoundsEverything(t *testing.T) {
	t.Parallel()
	free := map[string]bool{"Event/metadata": true, "Event/payload": true}
	for name, ref := range newContract(t).doc.Components.Schemas {
		visitSchemas(name, ref.Value, func(at string, s *openapi3.Schema) {
			switch {
			case len(s.AllOf) > 0 || free[at]:
			case s.Type.Is(openapi3.TypeObject):
				require.NotNil(t, s.AdditionalProperties.Has, at)
				require.False(t, *s.AdditionalProperties.Has, at)
			case s.Type.Is(openapi3.TypeString):
				require.True(t, s.MaxLength != nil || len(s.Enum) > 0, at)
			case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
				require.NotNil(t, s.Min, at)
				require.NotNil(t, s.Max, at)
				require.LessOrEqual(t, *s.Max, float64(1<<53-1), at)
			case s.Type.Is(openapi3.TypeArray):
				require.NotNil(t, s.MaxItems, at)
			case s.Type.Is(openapi3.TypeBoolean):
			default:
				t.Errorf("%s has no type", at)
			}
		})
	}
}

// visitSchemas visits a schema and those inside it, but for the components
// that it refers to.
func visitSchemas(at string, s *openapi3.Schema, visit func(at string, s *openapi3.Schema)) {
	visit(at, s)
	for name, ref := range s.Properties {
		if ref.Ref == "" {
			visitSchemas(at+"/"+name, ref.Value, visit)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		visitSchemas(at+"/items", s.Items.Value, visit)
	}
}

func TestContractBoundsParameters(t *testing.T) {
	t.Parallel()
	for id, o := range newContract(t).operations {
		for _, p := range o.params {
			s := p.schema
			bounded := s.Type.Is(openapi3.TypeBoolean) || s.MaxLength != nil || s.Min != nil && s.Max != nil
			require.True(t, bounded, "%s %s", id, p.name)
		}
	}
}

// TestContractPolicies spells out who may call what, apart from the document.
func TestContractPolicies(t *testing.T) {
	t.Parallel()
	want := map[string]policy{
		"createUser": {}, "listConcerts": {},
		"getHealth": {}, "getReadiness": {}, "getMetrics": {}, "getContract": {}, "getDocs": {}, "getPage": {},
		"joinQueue": {access: true},
		"getQueue":  {queue: true}, "streamQueue": {queue: true}, "leaveQueue": {queue: true},
		"listDates": {admission: true}, "listSeats": {admission: true}, "streamSeats": {admission: true},
		"holdSeats":        {admission: true},
		"listReservations": {access: true, queue: true}, "getReservation": {access: true, queue: true},
		"cancelReservation": {access: true, admission: true},
		"chargeWallet":      {access: true}, "getWallet": {access: true}, "listWalletEntries": {access: true},
		"pay":          {admission: true},
		"listPayments": {access: true, queue: true}, "getPayment": {access: true, queue: true},
		"announceConcert": {scope: "concert:write"}, "schedulePerformance": {scope: "concert:write"},
		"configureRoom": {scope: "concert:write"}, "getRoom": {scope: "events:read"},
		"listEvents": {scope: "events:read"}, "getStatus": {scope: "events:read"},
	}
	operations := newContract(t).operations
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(operations)))
	for id, o := range operations {
		require.Equal(t, want[id], o.policy, id)
	}
}

// TestContractKeys checks that all commands need an idempotency key but
// making a user, joining a queue, leaving it and setting it up.
func TestContractKeys(t *testing.T) {
	t.Parallel()
	without := []string{"createUser", "joinQueue", "leaveQueue", "configureRoom"}
	for id, o := range newContract(t).operations {
		writes := o.method != "GET" && !slices.Contains(without, id)
		require.Equal(t, writes, o.idempotent, id)
	}
}

func TestContractTagsQueries(t *testing.T) {
	t.Parallel()
	for id, o := range newContract(t).operations {
		query := o.method == "GET" && strings.HasPrefix(o.path, "/v1/") && !strings.HasPrefix(o.path, "/v1/admin/") && !o.streams()
		require.Equal(t, query, o.tagged, id)
	}
}

func TestContractExplainsItself(t *testing.T) {
	t.Parallel()
	for path, item := range newContract(t).doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + path
			require.NotEmpty(t, op.Summary, at)
			require.Len(t, op.Tags, 1, at)
			require.NotNil(t, op.Responses.Default(), at)
		}
	}
}

func TestReadOperationRefusesWhatItCannotServe(t *testing.T) {
	t.Parallel()
	none := openapi3.SecurityRequirements{}
	for name, op := range map[string]*openapi3.Operation{
		"no id":          {Security: &none},
		"no security":    {OperationID: "x"},
		"unknown scheme": {OperationID: "x", Security: &openapi3.SecurityRequirements{{"password": nil}}},
		"no scope":       {OperationID: "x", Security: &openapi3.SecurityRequirements{{"adminToken": nil}}},
		"optional body": {OperationID: "x", Security: &none, RequestBody: &openapi3.RequestBodyRef{
			Value: &openapi3.RequestBody{},
		}},
		"cookie": {OperationID: "x", Security: &none, Parameters: openapi3.Parameters{{
			Value: &openapi3.Parameter{Name: "c", In: "cookie", Schema: openapi3.NewStringSchema().NewRef()},
		}}},
		"path that may be absent without a code": {OperationID: "x", Security: &none, Parameters: openapi3.Parameters{{
			Value: &openapi3.Parameter{Name: "id", In: "path", Schema: openapi3.NewStringSchema().NewRef()},
		}}},
	} {
		_, err := readOperation("GET", "/x", op)
		require.Error(t, err, name)
	}
}
