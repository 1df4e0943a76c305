package logcheck

import "fmt"

func spentPart(admission, user, payment string) string {
	return fmt.Sprintf("admission %s, user %s, payment %s", admission, user, payment)
}

// admissionOver checks the end of an admission: spent in a payment's append,
// or given up, but only one of them and only once.
func (f *fold) admissionOver(r record) error {
	e, err := decode[admissionShape](r)
	if err != nil {
		return err
	}
	if err := r.in("admission-" + e.AdmissionID); err != nil {
		return err
	}
	if before, over := f.admissions[e.AdmissionID]; over {
		return r.breaks(RuleAdmission, "the admission was ended by %s before", before)
	}
	f.admissions[e.AdmissionID] = r.eventType
	if r.eventType == admissionGivenUp {
		return nil
	}
	return f.open.settle(r, spentPart(e.AdmissionID, e.UserID, e.PaymentID))
}
