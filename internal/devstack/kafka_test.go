package devstack

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// The version stands where each of three programs reads it.
func TestKafkasVersionIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../scripts/kafka/pom.xml")
	require.NoError(t, err)
	var project struct {
		Dependencies []struct {
			Artifact string `xml:"artifactId"`
			Version  string `xml:"version"`
		} `xml:"dependencies>dependency"`
	}
	require.NoError(t, xml.Unmarshal(text, &project))
	require.Equal(t, "kafka_2.13", project.Dependencies[0].Artifact)
	require.Equal(t, kafkaVersion, project.Dependencies[0].Version)

	script, err := os.ReadFile("../../scripts/provision")
	require.NoError(t, err)
	require.Contains(t, string(script), "\nkafka_version="+kafkaVersion+"\n")
	require.Equal(t, CacheDir()+"/kafka/"+kafkaVersion, kafkaJars())
}

// fakeKafka makes an installation of a Java that says its version, and
// otherwise does what the script says.
func fakeKafka(t *testing.T, version, script string) {
	t.Helper()
	home, jars := t.TempDir(), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "bin"), 0o755))
	text := "#!/bin/sh\n[ \"$1\" = -version ] && { echo 'openjdk version \"" + version + "\" 2025' >&2; exit; }\n" + script + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, "bin", "java"), []byte(text), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(jars, "kafka_2.13-"+kafkaVersion+".jar"), nil, 0o600))
	t.Setenv("JAVA_HOME", home)
	t.Setenv("HOLDFAST_KAFKA_JARS", jars)
}

func TestFindKafkaSaysWhatToInstall(t *testing.T) {
	fakeKafka(t, "11.0.2", "")
	_, err := StartKafka(t.Context())
	require.ErrorIs(t, err, ErrNotInstalled)
	require.ErrorContains(t, err, "is not installed: run scripts/provision kafka-real, which needs Java 17 or later and Maven")
	require.ErrorContains(t, err, "is version 11.0.2")

	fakeKafka(t, "17.0.15", "")
	t.Setenv("HOLDFAST_KAFKA_JARS", t.TempDir())
	_, err = StartKafka(t.Context())
	require.ErrorIs(t, err, ErrNotInstalled)
	require.ErrorContains(t, err, "no such file or directory")
}

func TestKafkaThatCannotStartSaysWhy(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"format": {"pwd; exit 3", "format kafka's folder: exit status 3"},
		"start":  {`case "$*" in *StorageTool*) exit 0 ;; esac; pwd; exit 4`, "kafka ended at its start: exit status 4"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeKafka(t, "17.0.15", test.script)
			_, err := StartKafka(t.Context())
			require.NotErrorIs(t, err, ErrNotInstalled)
			require.ErrorContains(t, err, test.want)
			folder := regexp.MustCompile(`(?m)^/.*` + scratchPrefix + `.*$`).FindString(err.Error())
			require.NotEmpty(t, folder, "the broker's output is in the error: %v", err)
			require.NoDirExists(t, folder)
		})
	}
}
