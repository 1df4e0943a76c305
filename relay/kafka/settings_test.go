package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/holdfast-dev/holdfast/relay/kafka"
)

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	brokers := []string{"kafka:9092"}
	for says, s := range map[string]kafka.Settings{
		"no Kafka broker is named":      {},
		"not of the form host:port":     {Brokers: []string{"kafka"}},
		`compression "rar" is none of`:  {Brokers: brokers, Compression: "rar"},
		"no SASL mechanism":             {Brokers: brokers, SASL: kafka.SASL{Password: "p"}},
		`mechanism "GSSAPI" is none of`: {Brokers: brokers, SASL: kafka.SASL{Mechanism: "GSSAPI"}},
		"needs a user and a password":   {Brokers: brokers, SASL: kafka.SASL{Mechanism: kafka.ScramSHA256}},
		"send the password unencrypted": {Brokers: brokers, SASL: kafka.SASL{Mechanism: kafka.Plain, Username: "u", Password: "secret"}},
	} {
		err := s.Check()
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "secret")
	}
	require.NoError(t, kafka.Settings{Brokers: brokers, Compression: "zstd"}.Check())
}

func TestConfigurationsAreValid(t *testing.T) {
	t.Parallel()
	s := kafka.Settings{Brokers: []string{"kafka:9092"}, SASL: kafka.SASL{Mechanism: kafka.ScramSHA512, Username: "u", Password: "p"}}
	producer := s.ProducerConfig()
	require.NoError(t, producer.Validate())
	require.True(t, producer.Producer.Idempotent)
	require.Equal(t, 1, producer.Net.MaxOpenRequests)
	require.NoError(t, s.ConsumerConfig().Validate())
}

func TestLoginOverTLS(t *testing.T) {
	t.Parallel()
	certificate, ca := selfSigned(t)
	for _, mechanism := range []string{kafka.Plain, kafka.ScramSHA256, kafka.ScramSHA512} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(mechanism, "relay", "right"),
				kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}))
			require.NoError(t, err)
			t.Cleanup(cluster.Close)
			config, err := kafka.TLSFiles{CA: ca}.Config()
			require.NoError(t, err)
			s := kafka.Settings{Brokers: cluster.ListenAddrs(), TLS: config, SASL: kafka.SASL{Mechanism: mechanism, Username: "relay", Password: "right"}}
			require.NoError(t, newPublisher(t, s).Publish(topic, messages(t, 1, 20)...))

			s.SASL.Password = "wrong"
			err = newPublisher(t, s).Publish(topic, messages(t, 1, 20)...)
			require.ErrorContains(t, err, "reach Kafka")
			require.NotContains(t, err.Error(), "wrong")
		})
	}
}

func TestTLSFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for says, files := range map[string]kafka.TLSFiles{
		"no such file":                {CA: "/nowhere.pem"},
		"holds no certificate":        {CA: empty},
		"are given together":          {Certificate: empty},
		"certificate for Kafka: tls:": {Certificate: empty, Key: empty},
	} {
		_, err := files.Config()
		require.ErrorContains(t, err, says)
	}
}

// selfSigned returns a certificate for loopback, and the file of its authority.
func selfSigned(t *testing.T) (certificate tls.Certificate, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca
}
