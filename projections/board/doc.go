// Package board keeps what is on sale in the memory of the process: concerts,
// dates, who has which seat, and which admissions are over.
//
// It starts from the tables of the projection [projections.Sales] at their
// checkpoint, or from the beginning of the log where these have not been built,
// and then follows the log. Readers take no lock that the follower holds for
// longer than one change, and most take none.
//
// A board is a read model: it lags behind the log by milliseconds, and whoever
// needs a certain position waits for it with [Board.WaitFor]. Nothing is
// decided by it; a seat that it shows as available may be refused.
package board
