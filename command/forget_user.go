package command

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// ForgetUser asks to forget a user for good.
type ForgetUser struct {
	UserID domain.UserID
	// AbandonBalance lets go of what the user's wallet holds.
	AbandonBalance bool
}

// ForgottenUser is a user that was forgotten.
type ForgottenUser struct {
	UserID domain.UserID
	// Pseudonym is what the user is called wherever events leave the log.
	Pseudonym domain.UserID
}

// ForgetUser severs a user's id from whoever stood behind it: no token opens
// anything for it any more, and it leaves the log only as a pseudonym. Nothing
// that was recorded changes. It refuses with conflict if the user was forgotten
// before, has seats on hold, or has money that is not abandoned.
func (u *Unit) ForgetUser(ctx context.Context, env Envelope, c ForgetUser) (Accepted[ForgottenUser], error) {
	const name = "forget_user"
	stream, purse := user.Stream(c.UserID), wallet.Stream(c.UserID)
	salt := u.newID()
	return do(ctx, u, env, order{
		name:        name,
		fingerprint: newRequest(name).text(string(c.UserID)).fingerprint(),
		streams:     []string{stream, purse},
		tags:        []string{holds.Tag(c.UserID)},
		decide: func(tx transaction) error {
			known, err := load[user.State](tx, stream)
			if err != nil {
				return err
			}
			money, err := load[wallet.State](tx, purse)
			if err != nil {
				return err
			}
			held, err := loadHolds(tx, c.UserID)
			if err != nil {
				return err
			}
			forgotten, err := known.Forget(user.Farewell{
				UserID: c.UserID, Salt: salt, Seats: held.Seats(tx.Now()), Balance: money.Balance, Abandon: c.AbandonBalance,
			})
			if err != nil {
				return err
			}
			var f facts
			f.add(stream, forgotten)
			return f.record(tx)
		},
	}, forgottenFrom)
}

func forgottenFrom(lead eventstore.Event) (ForgottenUser, error) {
	e, err := leadAs[user.Forgotten](lead, user.Decode)
	return ForgottenUser{UserID: e.UserID, Pseudonym: e.Pseudonym()}, err
}
