package kafka

import (
	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

// conversation is one login by SCRAM, in the form that Sarama asks for.
type conversation struct {
	hash scram.HashGeneratorFcn
	*scram.ClientConversation
}

func conversationWith(hash scram.HashGeneratorFcn) func() sarama.SCRAMClient {
	return func() sarama.SCRAMClient { return &conversation{hash: hash} }
}

// Begin implements [sarama.SCRAMClient].
func (c *conversation) Begin(user, password, authorization string) error {
	client, err := c.hash.NewClient(user, password, authorization)
	if err != nil {
		return err
	}
	c.ClientConversation = client.NewConversation()
	return nil
}
