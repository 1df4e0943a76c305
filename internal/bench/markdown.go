package bench

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Markdown writes the report as a page: the claims first, then everything
// that was measured.
func (r Report) Markdown() string {
	var page strings.Builder
	fmt.Fprintf(&page, "# Benchmark\n\nWritten by `make bench` on %s: %s, %d cores, %s, %s, PostgreSQL %s. ",
		r.At.Format("2 January 2006"), r.Machine.CPU, r.Machine.Cores, r.Machine.System, r.Machine.Go, r.Machine.Postgres)
	fmt.Fprintf(&page, "Medians of %d alternating rounds of %g s a measure; %g s in all. "+
		"Load and server share the cores. Trust the ratios more than the figures.\n\n## Claims\n\n", r.Rounds, r.Seconds, r.Took)
	page.WriteString(r.Table())
	page.WriteString("\n## Everything measured\n")
	for _, section := range r.Sections {
		fmt.Fprintf(&page, "\n### %s\n\n%s", section.Title, section.table())
		if section.Remark != "" {
			fmt.Fprintf(&page, "\n%s\n", section.Remark)
		}
	}
	return page.String()
}

// Table writes the claims with what became of them, readable in a terminal
// and as Markdown.
func (r Report) Table() string {
	rows := [][]string{{"section", "measure", "figure", "ratio", "target", "holds"}}
	for _, section := range r.Sections {
		for _, v := range section.Verdicts {
			rows = append(rows, []string{v.Section, v.Measure, v.Figure, ratio(v.Ratio), v.Target, yesNo(v.Holds)})
		}
	}
	return table(rows)
}

func (s SectionResult) table() string {
	if len(s.Order) == 0 {
		return ""
	}
	rows := [][]string{{"measure", "rate", "p50", "p99", "of " + s.Order[0]}}
	for _, name := range s.Order {
		m := s.Rounds.Median(name)
		row := []string{name, rate(m.Rate), "", "", ratio(s.Rounds.Ratio(name, s.Order[0]))}
		if m.P99 > 0 {
			row[2], row[3] = latency(m.P50), latency(m.P99)
		}
		rows = append(rows, row)
	}
	return table(rows)
}

func ratio(value float64) string {
	if value == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", value)
}

func yesNo(holds bool) string {
	if holds {
		return "yes"
	}
	return "**no**"
}

// table aligns rows under the first one.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for column, cell := range row {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for i, row := range rows {
		for column, cell := range row {
			text.WriteString("| " + cell + strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)+1))
		}
		text.WriteString("|\n")
		if i == 0 {
			for _, width := range widths {
				text.WriteString("|" + strings.Repeat("-", width+2))
			}
			text.WriteString("|\n")
		}
	}
	return text.String()
}
