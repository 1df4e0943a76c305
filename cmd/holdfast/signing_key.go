package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// knownKeyFlags find the signing key that tokens are made with: the one that
// is given, else that of the data folder of `holdfast dev`.
type knownKeyFlags struct {
	SigningKey string `env:"HOLDFAST_SIGNING_KEY" placeholder:"SECRET" help:"Secret of at least 32 bytes that all instances share. If it is not given, the one in the data folder of holdfast dev is used."`
	dataDirFlag
}

func (f knownKeyFlags) keys() (*token.Keys, error) {
	if f.SigningKey != "" {
		return newKeys(f.SigningKey)
	}
	secret, err := f.keptKey()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no signing key: set HOLDFAST_SIGNING_KEY to the server's, or run holdfast dev, which keeps one in %s", f.DataDir)
	}
	if err != nil {
		return nil, err
	}
	return newKeys(secret)
}

// keysOrMake is as keys, and makes a key in the data folder if there is none.
func (f knownKeyFlags) keysOrMake() (*token.Keys, error) {
	if f.SigningKey != "" {
		return newKeys(f.SigningKey)
	}
	secret, err := f.makeKey()
	if err != nil {
		return nil, err
	}
	return newKeys(secret)
}

// check says what is wrong with the flags.
func (f knownKeyFlags) check() error {
	if f.SigningKey == "" {
		return nil
	}
	_, err := newKeys(f.SigningKey)
	return err
}

func newKeys(secret string) (*token.Keys, error) {
	keys, err := token.NewKeys([]byte(secret))
	if errors.Is(err, token.ErrShortKey) {
		return nil, fmt.Errorf("HOLDFAST_SIGNING_KEY has %d bytes and needs at least %d: make one with openssl rand -hex 32", len(secret), token.MinKeyLength)
	}
	return keys, err
}
