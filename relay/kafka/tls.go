package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSFiles name what an encrypted connection needs, each a PEM file. All may
// be empty: then the system's authorities are trusted and no certificate is
// shown.
type TLSFiles struct {
	// CA holds the authorities that are trusted in place of the system's.
	CA string
	// Certificate and Key are shown to brokers that ask who is calling.
	Certificate string
	Key         string
}

// Config reads the files.
func (f TLSFiles) Config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, fmt.Errorf("authorities for Kafka: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("authorities for Kafka: %s holds no certificate in PEM form", f.CA)
		}
	}
	if (f.Certificate == "") != (f.Key == "") {
		return nil, errors.New("certificate for Kafka: the certificate and its key are given together")
	}
	if f.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
		if err != nil {
			return nil, fmt.Errorf("certificate for Kafka: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
