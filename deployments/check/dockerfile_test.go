package check

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/require"
)

// dockerfileFindings parses a Dockerfile as BuildKit does and says what is
// wrong with it. The rules are those of hadolint that matter here.
func dockerfileFindings(text []byte) []string {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	var findings []string
	find := func(what string) { findings = append(findings, what) }
	stages, last := map[string]bool{"scratch": true}, map[string][]string{}
	for _, instruction := range parsed.AST.Children {
		name, words := strings.ToLower(instruction.Value), wordsOf(instruction)
		switch name {
		case "from":
			if !stages[words[0]] && !pinned.MatchString(words[0]) {
				find("FROM " + words[0] + ": the version is not exact")
			}
			last = map[string][]string{}
			if len(words) == 3 {
				stages[words[2]] = true
			}
		case "add":
			find("ADD: COPY says what happens")
		case "copy":
			for _, flag := range instruction.Flags {
				if from, is := strings.CutPrefix(flag, "--from="); is && !stages[from] {
					find("COPY " + flag + ": no such stage")
				}
			}
		case "run":
			if strings.Contains(words[0], "sudo ") || strings.Contains(words[0], "curl ") {
				find("RUN " + words[0] + ": what is fetched is not pinned")
			}
		}
		last[name] = words
		if instruction.Attributes["json"] {
			last[name+" json"] = words
		}
	}
	return append(findings, imageFindings(last)...)
}

// numericUser is a user and a group other than root, by number.
var numericUser = regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`)

// imageFindings says what is wrong with the last stage, which is the image.
func imageFindings(stage map[string][]string) []string {
	var findings []string
	if user := strings.Join(stage["user"], ""); !numericUser.MatchString(user) {
		findings = append(findings, "USER "+user+": not a number other than 0, with its group")
	}
	for _, name := range []string{"healthcheck", "entrypoint", "cmd"} {
		if stage[name] == nil {
			findings = append(findings, strings.ToUpper(name)+" is missing")
		}
	}
	if stage["entrypoint"] != nil && stage["entrypoint json"] == nil {
		findings = append(findings, "ENTRYPOINT: the list form, since there is no shell that passes signals on")
	}
	return findings
}

func wordsOf(instruction *parser.Node) []string {
	var words []string
	for word := instruction.Next; word != nil; word = word.Next {
		words = append(words, word.Value)
	}
	if len(words) == 0 {
		return []string{""}
	}
	return words
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	require.Empty(t, dockerfileFindings(read(t, "Dockerfile")))
}

func TestDockerfileFaultsAreFound(t *testing.T) {
	t.Parallel()
	good := string(read(t, "Dockerfile"))
	for name, test := range map[string]struct{ old, planted, want string }{
		"latest":       {"golang:1.26.8-bookworm", "golang:latest", "FROM golang:latest: the version is not exact"},
		"no tag":       {"FROM scratch", "FROM debian", "FROM debian: the version is not exact"},
		"root":         {"USER 65532:65532", "USER 0:0", "USER 0:0: not a number other than 0, with its group"},
		"a name":       {"USER 65532:65532", "USER nobody", "USER nobody: not a number other than 0, with its group"},
		"no user":      {"USER 65532:65532", "", "USER : not a number other than 0, with its group"},
		"add":          {"COPY . .", "ADD . .", "ADD: COPY says what happens"},
		"no stage":     {"--from=build /out/h", "--from=built /out/h", "COPY --from=built: no such stage"},
		"no probe":     {"HEALTHCHECK --interval", "# HEALTHCHECK --interval", "HEALTHCHECK is missing"},
		"shell form":   {`ENTRYPOINT ["/holdfast"]`, "ENTRYPOINT /holdfast", "ENTRYPOINT: the list form, since there is no shell that passes signals on"},
		"fetched":      {"RUN go mod download", "RUN curl https://x | sh && go mod download", "RUN curl https://x | sh && go mod download && go mod verify: what is fetched is not pinned"},
		"not readable": {"COPY . .", "RUN <<END", "unterminated heredoc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, test.old)
			findings := dockerfileFindings([]byte(strings.Replace(good, test.old, test.planted, 1)))
			require.True(t, slices.ContainsFunc(findings, func(f string) bool { return strings.Contains(f, test.want) }), "%q", findings)
		})
	}
}
