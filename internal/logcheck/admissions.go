package logcheck

// admissionOver checks the end of an admission: spent in a payment's append,
// or given up, but only one of them and only once.
func (f *fold) admissionOver(r record) error {
	e, err := decode[admissionShape](r)
	if err != nil {
		return err
	}
	if err := r.in("admission-", e.AdmissionID); err != nil {
		return err
	}
	// The end is all that a stream of an admission holds.
	if r.version != 1 {
		return r.breaks(RuleAdmission, "the admission was ended before, by the stream's first event")
	}
	if r.eventType == admissionGivenUp {
		f.counts.AdmissionsGivenUp++
		return nil
	}
	f.counts.AdmissionsSpent++
	return f.open.settle(r, part{
		admission: e.AdmissionID, user: e.UserID, concert: e.ConcertID, payment: e.PaymentID,
	})
}
