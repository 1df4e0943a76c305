// Package doctor says why a deployment is behind, slow or in danger.
//
// It looks at the services as they are at this moment, read-only, and returns
// findings: what is so, and what to do about it. It looks from outside, at the
// database, Redis and nothing else, so it also works when no instance runs.
//
//	findings := doctor.Examine(ctx, doctor.Patient{DatabaseURL: databaseURL, RedisURL: redisURL})
//
// # What it looks at
//
//   - the server: settings that lose what was acknowledged, connections that run
//     out, transaction ids that do;
//   - the schema: what is missing or not current, indexes that are gone or
//     broken, roles that may do more than they should;
//   - sessions: who blocks whom, who has forgotten a transaction, who sits on
//     the append lock, each with pid, query and age;
//   - followers of the log (read models, relay, reactors): stopped on an event,
//     behind and not moving, ahead of the log because it was restored from an
//     older copy; dead letters that wait for somebody;
//   - clocks of this machine, of Redis, and of the log against its server;
//   - Redis: reachable, evicting, persistent.
//
// # What it refuses to do
//
// It changes nothing, ends no session and repairs nothing: it says what to do.
// What cannot be looked at is a finding too, never silence.
package doctor
