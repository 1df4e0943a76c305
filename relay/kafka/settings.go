package kafka

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/IBM/sarama"
)

// Settings say how the brokers are reached. Only Brokers is needed.
type Settings struct {
	// Brokers are some of the cluster's, as host:port; the rest is found.
	Brokers []string
	// ClientID names this program in the brokers' logs and quotas. Default
	// "holdfast".
	ClientID string
	// TLS encrypts the connections, unless it is nil. See [TLSFiles].
	TLS *tls.Config
	// SASL logs in, unless its mechanism is empty.
	SASL SASL
	// Compression of what is published: "none", "gzip", "snappy", "lz4" or
	// "zstd". Default "none".
	Compression string
}

// SASL is a login.
type SASL struct {
	// Mechanism is "PLAIN", "SCRAM-SHA-256" or "SCRAM-SHA-512".
	Mechanism string
	Username  string
	Password  string
}

// Mechanisms of a login.
const (
	Plain       = string(sarama.SASLTypePlaintext)
	ScramSHA256 = string(sarama.SASLTypeSCRAMSHA256)
	ScramSHA512 = string(sarama.SASLTypeSCRAMSHA512)
)

// compressions are the codecs by name.
var compressions = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

// Check says what is wrong with the settings. It repeats no password.
func (s Settings) Check() error {
	if len(s.Brokers) == 0 {
		return errors.New("no Kafka broker is named")
	}
	for _, broker := range s.Brokers {
		host, port, err := net.SplitHostPort(broker)
		if err != nil || host == "" || port == "" {
			return fmt.Errorf("kafka broker %q is not of the form host:port", broker)
		}
	}
	if _, known := compressions[cmp.Or(s.Compression, "none")]; !known {
		return fmt.Errorf("compression %q is none of none, gzip, snappy, lz4 and zstd", s.Compression)
	}
	return s.SASL.check(s.TLS != nil)
}

func (s SASL) check(encrypted bool) error {
	if s.Mechanism == "" {
		if s.Username != "" || s.Password != "" {
			return errors.New("a Kafka user or password is given, but no SASL mechanism")
		}
		return nil
	}
	if !slices.Contains([]string{Plain, ScramSHA256, ScramSHA512}, s.Mechanism) {
		return fmt.Errorf("SASL mechanism %q is none of %s, %s and %s", s.Mechanism, Plain, ScramSHA256, ScramSHA512)
	}
	if s.Username == "" || s.Password == "" {
		return fmt.Errorf("SASL mechanism %s needs a user and a password", s.Mechanism)
	}
	if s.Mechanism == Plain && !encrypted {
		return errors.New("SASL mechanism PLAIN would send the password unencrypted: use TLS, or SCRAM")
	}
	return nil
}
