// Package kafka is how Holdfast speaks to Kafka: one set of settings for every
// client, a publisher that sends batches, and subscribers in groups.
//
//	settings := kafka.Settings{Brokers: []string{"kafka:9092"}}
//	publisher, err := kafka.NewPublisher(settings, kafka.PublisherOptions{})
//	…
//	err = publisher.Publish("holdfast.events", messages...)
//
// # What it promises
//
//   - Publish returns nil only when all in-sync replicas have every message.
//   - Messages of one key reach the log of their partition in the order in
//     which they were given, whatever the network does. If a message is given
//     up, so is everything that was given after it.
//   - Close returns within its time-out, also while no broker answers.
//
// # How
//
// Sarama with an idempotent producer, one request in flight and retries that
// do not end: giving up in the middle of a batch while the rest goes through
// is what turns two events of a stream round. Watermill's publisher sends one
// message at a time and waits for each; this one hands over whole batches,
// which is some fifty times as fast over a network of two milliseconds.
//
// # What it refuses to do
//
// It does not know what a message means, and keeps no position. Retrying after
// an error is its caller's business: nothing is ever put aside.
package kafka
