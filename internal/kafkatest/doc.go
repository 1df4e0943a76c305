// Package kafkatest gives a test a Kafka broker of its own, which the test may
// stop, kill and start again.
//
// There are two kinds behind one type, so that the same test runs on both. One
// is inside the process, there at once, and fit for most tests. The other is
// Apache Kafka itself, as a child process that takes some seconds to start,
// for what only the real thing proves.
//
//	for kind, start := range kafkatest.Kinds() {
//		t.Run(kind, func(t *testing.T) {
//			t.Parallel()
//			broker := start(t)
//			publish(t, broker.Addrs(), first)
//			broker.Kill()
//			broker.Restart()
//			publish(t, broker.Addrs(), second)
//			require.Len(t, broker.Records("holdfast.events"), 2)
//		})
//	}
//
// A test binary starts as many brokers as its tests ask for, so tests that
// need Apache Kafka are few and do much.
package kafkatest
