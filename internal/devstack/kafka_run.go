package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (k *Kafka) logPath() string      { return filepath.Join(k.dir, "kafka.log") }
func (k *Kafka) log4jPath() string    { return filepath.Join(k.dir, "log4j2.properties") }
func (k *Kafka) settingsPath() string { return filepath.Join(k.dir, "server.properties") }
func (k *Kafka) dataPath() string     { return filepath.Join(k.dir, "data") }

// command is one of Kafka's programs, which works in the broker's folder and
// writes to its log.
func (k *Kafka) command(class string, arguments ...string) (*exec.Cmd, *os.File, error) {
	log, err := os.OpenFile(k.logPath(), os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return serverCommand(k.java.java, k.dir, log, k.java.arguments(k.log4jPath(), class, arguments...)...), log, nil
}

// format prepares the data folder, as a broker in KRaft mode asks for.
func (k *Kafka) format(ctx context.Context) error {
	if err := os.RemoveAll(k.dataPath()); err != nil {
		return err
	}
	cmd, log, err := k.command("kafka.tools.StorageTool", "format", "--cluster-id", k.cluster, "--config", k.settingsPath())
	if err != nil {
		return err
	}
	tool, err := startChild("kafka's storage tool", cmd, syscall.SIGKILL, nil)
	_ = log.Close()
	if err != nil {
		return err
	}
	select {
	case <-tool.done:
		err = tool.err
	case <-ctx.Done():
		tool.kill()
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("format kafka's folder: %w\n%s", err, tail(k.logPath()))
	}
	return nil
}

// run starts the broker's process and waits until it serves clients.
func (k *Kafka) run(ctx context.Context) error {
	cmd, log, err := k.command("kafka.Kafka", k.settingsPath())
	if err != nil {
		return err
	}
	k.server, err = startChild("kafka", cmd, syscall.SIGKILL, nil)
	_ = log.Close()
	if err != nil {
		return err
	}
	if err := k.awaitReady(ctx); err != nil {
		k.server.kill()
		return err
	}
	return nil
}

// awaitReady asks until the broker serves clients, has ended, or ctx has.
func (k *Kafka) awaitReady(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Addr()), kgo.RequestRetries(0), kgo.DialTimeout(time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		err := k.serves(ctx, client)
		if err == nil {
			return nil
		}
		select {
		case <-k.server.done:
			return fmt.Errorf("kafka ended at its start: %w\n%s", errors.Join(k.server.err, err), tail(k.logPath()))
		case <-ctx.Done():
			return fmt.Errorf("kafka did not answer: %w\n%s", errors.Join(ctx.Err(), err), tail(k.logPath()))
		case <-pause.C:
		}
	}
}

// serves asks whoever listens for the cluster, which must be ours, as another
// process may have been faster to take the port, and have its one broker.
func (k *Kafka) serves(ctx context.Context, client *kgo.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{} // none
	answer, err := request.RequestWith(ctx, client)
	switch {
	case err != nil:
		return err
	case answer.ClusterID == nil || *answer.ClusterID != k.cluster:
		return fmt.Errorf("%s belongs to another cluster", k.Addr())
	case len(answer.Brokers) == 0:
		return errors.New("the broker has not registered yet")
	default:
		return nil
	}
}
