package whatif

// Limit sets the bounds of a program.
func Limit(p *Program, groups, memory int) { p.maxGroups, p.maxMemory = groups, memory }
