package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// dataDirFlag is where `holdfast dev` keeps everything.
type dataDirFlag struct {
	DataDir string `env:"HOLDFAST_DATA_DIR" default:"${data_dir}" type:"path" placeholder:"DIR" help:"Folder that holdfast dev keeps its data in, between runs (default ${data_dir})."`
}

// defaultDataDir returns the folder for a user's application data. Root's is
// the system's: the home of root is closed to the account that Postgres runs as.
func defaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/holdfast"
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "holdfast")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ".holdfast"
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "holdfast")
	}
	return filepath.Join(home, ".local", "share", "holdfast")
}

func (f dataDirFlag) keyFile() string { return filepath.Join(f.DataDir, "signing-key") }

// keptKey returns the signing key of the data folder, or an error that is
// [fs.ErrNotExist] if there is none.
func (f dataDirFlag) keptKey() (string, error) {
	key, err := os.ReadFile(f.keyFile())
	if err != nil {
		return "", fmt.Errorf("signing key of the data folder: %w", err)
	}
	return string(key), nil
}

// makeKey returns the signing key of the data folder, which is made once and
// readable for its owner only.
func (f dataDirFlag) makeKey() (string, error) {
	key, err := f.keptKey()
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = rand.Text() + rand.Text()
	if err := os.WriteFile(f.keyFile(), []byte(key), 0o600); err != nil {
		return "", fmt.Errorf("keep the signing key: %w", err)
	}
	return key, nil
}
