package contract_test

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
	"github.com/holdfast-dev/holdfast/relay/envelope"
)

type reference struct {
	Ref string `yaml:"$ref"`
}

// document is what we read of docs/asyncapi.yaml. Its own rules are checked by
// scripts/check-asyncapi.
type document struct {
	Channels map[string]struct {
		Address  string
		Messages map[string]reference
	}
	Components struct {
		Messages map[string]struct {
			Name    string
			Traits  []reference
			Payload reference
		}
		Schemas map[string]struct {
			Required   []string
			Properties map[string]struct {
				Type    string
				Pattern string
				Const   string
			}
		}
	}
}

func read(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile("../../docs/asyncapi.yaml")
	require.NoError(t, err)
	var d document
	require.NoError(t, yaml.Unmarshal(text, &d))
	return d
}

func TestEveryTypeIsAMessageOfTheChannel(t *testing.T) {
	t.Parallel()
	d := read(t)
	all := types(t, goldenFiles)
	require.Equal(t, all, slices.Sorted(maps.Keys(d.Components.Messages)))
	channel := d.Channels["events"]
	require.Equal(t, relay.DefaultTopic, channel.Address)
	require.Equal(t, all, slices.Sorted(maps.Keys(channel.Messages)))
	for _, name := range all {
		require.Equal(t, "#/components/messages/"+name, channel.Messages[name].Ref)
		message := d.Components.Messages[name]
		require.Equal(t, name, message.Name)
		require.Equal(t, "./schemas/"+name+".json", message.Payload.Ref)
		require.Equal(t, []reference{{"#/components/messageTraits/event"}}, message.Traits)
	}
}

func TestHeadersAreThoseThatAreSent(t *testing.T) {
	t.Parallel()
	described := read(t).Components.Schemas["headers"]
	e := eventstore.Event{
		Position: 7, Stream: "seat-p-7", Version: 2, Type: "seat.held.v1", Payload: []byte(`{}`), RecordedAt: time.Now(),
		Metadata: []byte(`{"actor":"a","command":"c","correlation":"r","traceparent":"t"}`),
	}
	full, err := envelope.Encode(e, envelope.Options{Replay: true})
	require.NoError(t, err)
	require.Equal(t, slices.Sorted(maps.Keys(full.Metadata)), slices.Sorted(maps.Keys(described.Properties)))
	for header, rule := range described.Properties {
		value := full.Metadata[header]
		require.Equal(t, "string", rule.Type)
		require.Regexp(t, rule.Pattern, value, header)
		if rule.Const != "" {
			require.Equal(t, rule.Const, value, header)
		}
	}
	e.Metadata = []byte(`{}`)
	least, err := envelope.Encode(e, envelope.Options{})
	require.NoError(t, err)
	require.Equal(t, slices.Sorted(maps.Keys(least.Metadata)), slices.Sorted(slices.Values(described.Required)))
}
