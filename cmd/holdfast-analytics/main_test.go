package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// notInstalled is how scripts/analytics/run ends without what
// scripts/provision installs.
const notInstalled = 3

func TestTheAnswersOnThePageAreWhatTheDataSay(t *testing.T) {
	t.Parallel()
	// Reading them here tells go test on which files the outcome depends.
	for _, file := range []string{"run", "answers.py", "requirements.txt"} {
		_, err := os.ReadFile("../../scripts/analytics/" + file)
		require.NoError(t, err)
	}
	page, err := os.ReadFile("../../docs/analytics.md")
	require.NoError(t, err)
	answers := strings.Count(string(page), "\n```text\n")
	require.GreaterOrEqual(t, answers, 5)

	out, err := exec.CommandContext(t.Context(), "../../scripts/analytics/run").CombinedOutput()
	if exit, is := errors.AsType[*exec.ExitError](err); is && exit.ExitCode() == notInstalled && os.Getenv("CI") == "" {
		t.Skipf("%s", out)
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), fmt.Sprintf("%d answers in analytics.md are what the data say.", answers))
}

// A page with a wrong answer, and one that asks nothing, must not pass.
func TestWrongAnswersAreFound(t *testing.T) {
	t.Parallel()
	environment, err := exec.CommandContext(t.Context(), "../../scripts/provision", "--analytics-env").Output()
	require.NoError(t, err)
	python := string(environment[:len(environment)-1]) + "/bin/python"
	if _, err := os.Stat(python); err != nil && os.Getenv("CI") == "" {
		t.Skipf("NO ANALYTICS: %v", err)
	}
	for page, says := range map[string]string{
		"```sql\nSELECT 1 AS one\n```\n\n```text\none\n---\n  2\n```\n": "1 of 1 answers in page.md are not what the data say",
		"```python\nprint(1)\n```\n\n```text\n1\n2\n```\n":              "1 of 1 answers",
		"```sql\nSELECT 1\n```\n":                                       "asks nothing",
		"```sql\nSELECT nothing\n```\n\n```text\n```\n":                 "BinderException",
	} {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(folder+"/page.md", []byte(page), 0o600))
		out, err := exec.CommandContext(t.Context(), python, "../../scripts/analytics/answers.py", folder+"/page.md", folder).CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), says)
	}
}
