package envelope

// Names of the headers. They are on the wire and never change.
const (
	HeaderSpecVersion   = "ce_specversion"
	HeaderID            = "ce_id"
	HeaderSource        = "ce_source"
	HeaderType          = "ce_type"
	HeaderSubject       = "ce_subject"
	HeaderTime          = "ce_time"
	HeaderPosition      = "ce_position"
	HeaderStreamVersion = "ce_streamversion"
	HeaderPartitionKey  = "ce_partitionkey"
	HeaderActor         = "ce_actor"
	HeaderCommand       = "ce_command"
	HeaderCorrelationID = "ce_correlationid"
	HeaderTraceParent   = "ce_traceparent"
	HeaderReplay        = "ce_replay"
	HeaderContentType   = "content-type"
)

const (
	// SpecVersion is the version of CloudEvents that we speak.
	SpecVersion = "1.0"
	// ContentType is that of every payload.
	ContentType = "application/json"
	// DefaultSource is the source unless another is given.
	DefaultSource = "/holdfast"

	// timeLayout is RFC 3339 with as many digits as the store has.
	timeLayout = "2006-01-02T15:04:05.000000Z"
	replayed   = "true"
)

// Metadata keys under which whoever receives a message notes where it stood.
// They are never sent.
const (
	OriginTopic     = "kafka_topic"
	OriginPartition = "kafka_partition"
	OriginOffset    = "kafka_offset"
)
