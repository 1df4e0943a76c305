package devstack

import (
	"errors"
	"fmt"
	"os"
)

// kafkaSettings are those of one node that is broker and controller, with
// every internal topic on it alone, and quick to start, stop and rebalance.
// What a client can notice is as a broker has it by default. After a crash the
// controller waits for the session of the broker's former life to end, which is
// why sessions are short.
const kafkaSettings = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[2]d
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]d
log.dirs=%[3]s
num.partitions=4
auto.create.topics.enable=true
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=250
`

// kafkaLogging writes warnings and errors to the broker's standard output,
// which is its log file.
const kafkaLogging = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`

// writeSettings writes what the broker and its tools are told.
func (k *Kafka) writeSettings() error {
	settings := fmt.Sprintf(kafkaSettings, k.port, k.controller, k.dataPath())
	return errors.Join(
		os.WriteFile(k.settingsPath(), []byte(settings), 0o600),
		os.WriteFile(k.log4jPath(), []byte(kafkaLogging), 0o600))
}
