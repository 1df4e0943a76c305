package devstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	// kafkaVersion is the Apache Kafka that scripts/kafka/pom.xml pins.
	kafkaVersion = "4.3.1"
	// oldestJava is the oldest Java that Kafka 4 brokers run on.
	oldestJava = 17
)

// javaKafka is a Java machine and the folder with the jars of Apache Kafka.
type javaKafka struct {
	java, jars string
}

// kafkaJars is where scripts/provision kafka-real puts the jars.
func kafkaJars() string { return filepath.Join(CacheDir(), "kafka", kafkaVersion) }

// findKafka returns what runs a broker: the jars that HOLDFAST_KAFKA_JARS
// names or that were provisioned, and the Java of JAVA_HOME or on PATH.
func findKafka(ctx context.Context) (javaKafka, error) {
	found := javaKafka{jars: cmp.Or(os.Getenv("HOLDFAST_KAFKA_JARS"), kafkaJars())}
	var err error
	if found.java, err = findJava(ctx); err == nil {
		_, err = os.Stat(filepath.Join(found.jars, "kafka_2.13-"+kafkaVersion+".jar"))
	}
	if err != nil {
		return javaKafka{}, fmt.Errorf("apache Kafka %s is %w: run scripts/provision kafka-real, which needs Java %d or later and Maven, or name the folder of its jars in HOLDFAST_KAFKA_JARS: %w",
			kafkaVersion, ErrNotInstalled, oldestJava, err)
	}
	return found, nil
}

// findJava returns the program of JAVA_HOME, else the first on PATH, if it is
// recent enough.
func findJava(ctx context.Context) (string, error) {
	program := filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java")
	if os.Getenv("JAVA_HOME") == "" {
		var err error
		if program, err = exec.LookPath("java"); err != nil {
			return "", err
		}
	}
	// It says its version on the standard error: openjdk version "17.0.15" ….
	out, err := exec.CommandContext(ctx, program, "-version").CombinedOutput() //nolint:gosec // the user's own Java
	if err != nil {
		return "", fmt.Errorf("%s -version: %w", program, err)
	}
	if major := majorIn(string(out)); major < oldestJava {
		return "", errors.New(program + " is version " + firstNumbers.FindString(string(out)))
	}
	return program, nil
}

// arguments are those of the Java machine that runs one of Kafka's programs.
// It is here for seconds to minutes: it compiles quickly rather than well, and
// trusts the jars, which halves the start.
func (j javaKafka) arguments(log4j, class string, arguments ...string) []string {
	return append([]string{
		"-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote",
		"-XX:-UsePerfData", "-Dlog4j2.configurationFile=" + log4j,
		"-cp", filepath.Join(j.jars, "*"), class,
	}, arguments...)
}
