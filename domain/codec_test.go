package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

type happened struct {
	Name  string       `json:"name"`
	Count int          `json:"count"`
	Price domain.Money `json:"price"`
	At    time.Time    `json:"at"`
}

func (happened) Type() string { return "test.happened.v1" }

func TestEncodeWritesMembersInOrderWithoutWhiteSpace(t *testing.T) {
	t.Parallel()
	payload, err := domain.EncodeEvent(happened{
		Name: "<Ö>", Count: 2, Price: domain.MaxMoney, At: time.Date(2027, time.April, 1, 18, 0, 0, 500_000, time.UTC),
	})
	require.NoError(t, err)
	require.Equal(t, `{"name":"<Ö>","count":2,"price":9007199254740991,"at":"2027-04-01T18:00:00.0005Z"}`, string(payload))
}

func TestEncodeRefusesWhatIsNotText(t *testing.T) {
	t.Parallel()
	_, err := domain.EncodeEvent(happened{Name: "\xff"})
	require.ErrorContains(t, err, "encode test.happened.v1")
}

func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"nothing":               ``,
		"null":                  `null`,
		"an array":              `[]`,
		"a number":              `1`,
		"cut off":               `{"name":"x"`,
		"trailing text":         `{"name":"x"} {}`,
		"a member too many":     `{"name":"x","extra":1}`,
		"a member twice":        `{"name":"x","name":"y"}`,
		"a member's other case": `{"Name":"x"}`,
		"text for a number":     `{"count":"1"}`,
		"a fraction":            `{"count":1.5}`,
		"a fraction of zero":    `{"price":1.0}`,
		"past int64":            `{"price":9223372036854775808}`,
		"a number for text":     `{"name":1}`,
		"broken UTF-8":          "{\"name\":\"\xff\"}",
		"a lone surrogate":      `{"name":"\ud800"}`,
		"half a time":           `{"at":"2027-04-01"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := domain.DecodeEvent[happened]([]byte(payload))
			require.ErrorContains(t, err, "decode test.happened.v1")
		})
	}
}

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	t.Parallel()
	want := happened{Name: "a\"\\\u2028", Count: -1, Price: 7, At: time.Date(2027, time.April, 1, 18, 0, 0, 1000, time.UTC)}
	payload, err := domain.EncodeEvent(want)
	require.NoError(t, err)
	got, err := domain.DecodeEvent[happened](payload)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestUnknownTypeErrorNamesTheType(t *testing.T) {
	t.Parallel()
	err := &domain.UnknownTypeError{Type: "seat.stolen.v1"}
	require.EqualError(t, err, `unknown event type "seat.stolen.v1"`)
}
