package devstack

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	java17 = `echo 'openjdk version "17.0.15" 2025-04-15' >&2`
	java11 = `echo 'openjdk version "11.0.2" 2019-01-15' >&2`
	// fakeMaven copies what it would copy.
	fakeMaven = `for argument; do
	case "$argument" in -DoutputDirectory=*) cat /dev/null >"${argument#*=}/kafka_2.13-` + kafkaVersion + `.jar" ;; esac
done`
)

func TestProvisionCopiesKafkaOnce(t *testing.T) {
	t.Parallel()
	jars := filepath.Join(t.TempDir(), "kafka", "jars")
	given := []string{"HOLDFAST_KAFKA_JARS=" + jars}
	out, err := provision(t, map[string]string{"java": java17, "mvn": fakeMaven}, given, "kafka-real")
	require.NoError(t, err, out)
	require.Equal(t, "kafka:    copying the jars of Apache Kafka "+kafkaVersion+" into "+jars+" …\n"+
		"kafka:    Apache Kafka "+kafkaVersion+", from "+jars+"\n", out)

	out, err = provision(t, map[string]string{"java": java17, "mvn": "exit 1"}, given, "kafka-real")
	require.NoError(t, err, out)
	require.Equal(t, "kafka:    Apache Kafka "+kafkaVersion+", from "+jars+"\n", out)
}

func TestProvisionIsLoudWithoutKafkaAndFailsUnderCI(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		programs map[string]string
		missing  string
	}{
		"no Java":   {nil, "Java 17 or later"},
		"old Java":  {map[string]string{"java": java11, "mvn": fakeMaven}, "Java 17 or later"},
		"no Maven":  {map[string]string{"java": java17}, "Maven"},
		"no copies": {map[string]string{"java": java17, "mvn": "echo unreachable; exit 1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jars := "HOLDFAST_KAFKA_JARS=" + filepath.Join(t.TempDir(), "jars")
			out, err := provision(t, test.programs, []string{jars}, "kafka-real")
			if test.missing == "" {
				require.Error(t, err)
				require.Contains(t, out, "unreachable\nkafka:    the jars could not be copied")
				return
			}
			require.NoError(t, err, out)
			require.Contains(t, out, "NO APACHE KAFKA: it needs "+test.missing)

			out, err = provision(t, test.programs, []string{jars, "CI=true"}, "kafka-real")
			require.Error(t, err)
			require.Contains(t, out, "Apache Kafka needs "+test.missing+", and CI runs the tests that need it")
		})
	}
}
