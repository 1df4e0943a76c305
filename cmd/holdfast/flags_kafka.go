package main

import (
	"crypto/tls"
	"errors"

	"github.com/holdfast-dev/holdfast/relay/kafka"
)

// kafkaFlags say how the brokers are reached, for a command that needs them.
type kafkaFlags struct {
	KafkaBrokers []string `required:"" env:"KAFKA_BROKERS" placeholder:"HOST:PORT" help:"Some brokers of the Kafka cluster, separated by commas."`

	kafkaLinkFlags
}

// check says what is wrong with the flags. It reads no file.
func (f kafkaFlags) check() error {
	if len(f.KafkaBrokers) == 0 {
		return errors.New("KAFKA_BROKERS (--kafka-brokers) is not set")
	}
	return f.checkLink(f.KafkaBrokers)
}

// settings are what the flags say, with the files that they name.
func (f kafkaFlags) settings() (kafka.Settings, error) { return f.linkTo(f.KafkaBrokers) }

// kafkaLinkFlags say how brokers are spoken to, whoever names them.
type kafkaLinkFlags struct {
	KafkaTLS       bool   `env:"KAFKA_TLS" help:"Encrypt the connections to Kafka."`
	KafkaCA        string `env:"KAFKA_CA" type:"path" placeholder:"FILE" help:"Authorities that are trusted for Kafka in place of the system's, as PEM."`
	KafkaCert      string `env:"KAFKA_CERT" type:"path" placeholder:"FILE" help:"Certificate that is shown to Kafka, as PEM."`
	KafkaKey       string `env:"KAFKA_KEY" type:"path" placeholder:"FILE" help:"Key of that certificate, as PEM."`
	KafkaMechanism string `env:"KAFKA_SASL_MECHANISM" placeholder:"NAME" help:"How to log in to Kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty for not at all."`
	KafkaUser      string `env:"KAFKA_USERNAME" placeholder:"NAME" help:"Who logs in."`
	KafkaPassword  string `env:"KAFKA_PASSWORD" placeholder:"SECRET" help:"The password of the login. Better in the environment than on the command line."`
}

// checkLink says what is wrong with the flags. It reads no file.
func (f kafkaLinkFlags) checkLink(brokers []string) error {
	if !f.KafkaTLS && (f.KafkaCA != "" || f.KafkaCert != "" || f.KafkaKey != "") {
		return errors.New("files for an encrypted connection to Kafka are named, but KAFKA_TLS (--kafka-tls) is not set")
	}
	return f.unread(brokers).Check()
}

// linkTo returns the settings, with the files that the flags name.
func (f kafkaLinkFlags) linkTo(brokers []string) (kafka.Settings, error) {
	settings := f.unread(brokers)
	if f.KafkaTLS {
		config, err := kafka.TLSFiles{CA: f.KafkaCA, Certificate: f.KafkaCert, Key: f.KafkaKey}.Config()
		if err != nil {
			return kafka.Settings{}, err
		}
		settings.TLS = config
	}
	return settings, settings.Check()
}

// unread are the settings without what is in files.
func (f kafkaLinkFlags) unread(brokers []string) kafka.Settings {
	settings := kafka.Settings{
		Brokers: brokers,
		SASL:    kafka.SASL{Mechanism: f.KafkaMechanism, Username: f.KafkaUser, Password: f.KafkaPassword},
	}
	if f.KafkaTLS {
		settings.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return settings
}
