package relay

// For tests of the fence, which need an owner that does nothing by itself.
var (
	Take = take
)

// Lease is an owner's hold on the checkpoint.
type Lease = lease

// The steps of an owner.
var (
	Renew   = (*lease).renew
	Advance = (*lease).advance
	Release = (*lease).release
)

// WithDefaults returns the options that a relay would use.
func (o Options) WithDefaults() Options { return o.withDefaults() }
