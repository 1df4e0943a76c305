package export

// SmallGroups makes row groups of so many rows.
func SmallGroups(opts Options, rows int64) Options {
	opts.groupRows = rows
	return opts
}
