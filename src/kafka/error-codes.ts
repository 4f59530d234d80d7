/**
 * The error codes of the Kafka protocol (https://kafka.apache.org/protocol#protocol_error_codes, as of 4.1): name,
 * whether the same request may succeed later, whether the metadata that led to it is out of date, and what it means for
 * someone at a shell. Retriability follows the Java client's exceptions. Decided here and nowhere else.
 */

export interface ErrorCode {
  readonly code: number
  readonly name: string
  readonly retriable: boolean
  /** Another broker should be asked: refresh metadata before the next attempt. */
  readonly staleMetadata: boolean
  /** What happened, as a clause. */
  readonly meaning: string
  readonly advice?: string
}

const NO = 0
const RETRY = 1
const STALE = 2

type Row = readonly [code: number, name: string, again: number, meaning: string, advice?: string]

const SEE_BROKER_LOG = "the broker's log says why"
const UPGRADE = 'use a newer broker, or report this'

// prettier-ignore
const ROWS = [
  [-1, 'UNKNOWN_SERVER_ERROR', NO, 'the broker failed unexpectedly', SEE_BROKER_LOG],
  [1, 'OFFSET_OUT_OF_RANGE', NO, 'the offset is not in the log: it was deleted, or never written'],
  [2, 'CORRUPT_MESSAGE', RETRY, 'the broker found a batch corrupt, or a record without key for a compacted topic', 'give every record a key if the topic is compacted'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', STALE, 'the topic or partition does not exist on this broker'],
  [4, 'INVALID_FETCH_SIZE', NO, 'the fetch size is invalid'],
  [5, 'LEADER_NOT_AVAILABLE', STALE, 'there is no leader at the moment', 'check that the brokers that hold it are up'],
  [6, 'NOT_LEADER_OR_FOLLOWER', STALE, 'the broker is no longer the leader'],
  [7, 'REQUEST_TIMED_OUT', RETRY, 'the request timed out', 'check that the brokers are up, or allow more time'],
  [8, 'BROKER_NOT_AVAILABLE', NO, 'the broker is not available'],
  [9, 'REPLICA_NOT_AVAILABLE', STALE, 'the replica is not available'],
  [10, 'MESSAGE_TOO_LARGE', NO, 'a batch is larger than the topic allows', "raise the topic's max.message.bytes, or send smaller records or batches"],
  [11, 'STALE_CONTROLLER_EPOCH', NO, 'the controller moved'],
  [12, 'OFFSET_METADATA_TOO_LARGE', NO, 'the metadata of the committed offset is too large'],
  [13, 'NETWORK_EXCEPTION', STALE, 'the connection to the broker failed'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', RETRY, 'the coordinator is still loading'],
  [15, 'COORDINATOR_NOT_AVAILABLE', RETRY, 'the coordinator is not available', 'check that __consumer_offsets and __transaction_state have leaders'],
  [16, 'NOT_COORDINATOR', RETRY, 'the broker is no longer the coordinator'],
  [17, 'INVALID_TOPIC_EXCEPTION', NO, 'the topic name is invalid, or the topic is internal', 'topic names have up to 249 letters, digits, ".", "_" and "-"'],
  [18, 'RECORD_LIST_TOO_LARGE', NO, "a batch is larger than the topic's segments", "raise the topic's segment.bytes, or send smaller batches"],
  [19, 'NOT_ENOUGH_REPLICAS', RETRY, 'fewer replicas are in sync than min.insync.replicas asks for', 'check that the brokers that hold it are up'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', RETRY, 'written, but to fewer replicas than min.insync.replicas asks for', 'check that the brokers that hold it are up'],
  [21, 'INVALID_REQUIRED_ACKS', NO, 'the broker does not know this value of acks', 'use 0, 1 or all'],
  [22, 'ILLEGAL_GENERATION', NO, 'the group has moved on to another generation'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', NO, 'the other members of the group use another kind of assignment', 'choose another group, or give all members a common assignor'],
  [24, 'INVALID_GROUP_ID', NO, 'the group id is invalid', 'a group id must not be empty'],
  [25, 'UNKNOWN_MEMBER_ID', NO, 'the group does not know this member, or has members and takes no offsets from outside', 'stop the members of the group first'],
  [26, 'INVALID_SESSION_TIMEOUT', NO, 'the session timeout is out of range', "stay within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms"],
  [27, 'REBALANCE_IN_PROGRESS', NO, 'the group is rebalancing'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', NO, 'the commit is too large'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', NO, 'access to the topic is denied', 'ask for an ACL on it'],
  [30, 'GROUP_AUTHORIZATION_FAILED', NO, 'access to the group is denied', 'ask for an ACL on it'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', NO, 'access to the cluster is denied', 'ask for an ACL on Cluster'],
  [32, 'INVALID_TIMESTAMP', NO, 'a timestamp is out of the range the topic accepts', "check the timestamps, or the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms"],
  [33, 'UNSUPPORTED_SASL_MECHANISM', NO, 'the broker does not offer this SASL mechanism', 'check sasl.mechanism'],
  [34, 'ILLEGAL_SASL_STATE', NO, 'the broker did not expect SASL here', 'check security.protocol and the port'],
  [35, 'UNSUPPORTED_VERSION', NO, 'the broker does not support this request', UPGRADE],
  [36, 'TOPIC_ALREADY_EXISTS', NO, 'the topic exists already'],
  [37, 'INVALID_PARTITIONS', NO, 'the number of partitions is invalid'],
  [38, 'INVALID_REPLICATION_FACTOR', NO, 'the replication factor is invalid, or larger than the number of brokers'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', NO, 'the assignment of replicas is invalid'],
  [40, 'INVALID_CONFIG', NO, 'the configuration is invalid'],
  [41, 'NOT_CONTROLLER', STALE, 'the broker is not the controller'],
  [42, 'INVALID_REQUEST', NO, 'the broker calls the request invalid', SEE_BROKER_LOG],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', NO, "the topic's message format is too old for this", 'it needs message.format.version 0.11 or later'],
  [44, 'POLICY_VIOLATION', NO, 'a policy of the cluster forbids this'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', NO, 'the broker misses a batch before this one'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', NO, 'the broker has this batch already'],
  [47, 'INVALID_PRODUCER_EPOCH', NO, 'another producer has taken over this producer id, or its transaction took too long', 'run only one producer with a transactional id, and end transactions in time'],
  [48, 'INVALID_TXN_STATE', NO, 'the transaction is not in a state that allows this: nothing is open, or it was ended the other way'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', NO, 'the producer id does not belong to the transactional id any more', "brokers forget ids that are not used for transactional.id.expiration.ms"],
  [50, 'INVALID_TRANSACTION_TIMEOUT', NO, 'the transaction timeout is longer than the broker allows', "stay within the broker's transaction.max.timeout.ms"],
  [51, 'CONCURRENT_TRANSACTIONS', RETRY, 'the previous transaction of this producer is still being completed'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', NO, 'the transaction coordinator moved'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', NO, 'access to the transactional id is denied', 'ask for an ACL on it'],
  [54, 'SECURITY_DISABLED', NO, 'the broker has no authorizer'],
  [55, 'OPERATION_NOT_ATTEMPTED', NO, 'the broker did not try this, since another part of the request failed'],
  [56, 'KAFKA_STORAGE_ERROR', STALE, 'the broker cannot use its disk', SEE_BROKER_LOG],
  [57, 'LOG_DIR_NOT_FOUND', NO, 'the broker does not have this log directory'],
  [58, 'SASL_AUTHENTICATION_FAILED', NO, 'authentication failed', 'check user name, password and sasl.mechanism'],
  [59, 'UNKNOWN_PRODUCER_ID', NO, 'the broker has forgotten this producer, its records having expired'],
  [60, 'REASSIGNMENT_IN_PROGRESS', NO, 'its replicas are being reassigned'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', NO, 'the cluster does not use delegation tokens'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', NO, 'the delegation token does not exist'],
  [63, 'DELEGATION_TOKEN_OWNER_MISMATCH', NO, 'the delegation token belongs to someone else'],
  [64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', NO, 'delegation tokens are not given out on this connection'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', NO, 'access to the delegation token is denied'],
  [66, 'DELEGATION_TOKEN_EXPIRED', NO, 'the delegation token has expired'],
  [67, 'INVALID_PRINCIPAL_TYPE', NO, 'the type of principal is unknown'],
  [68, 'NON_EMPTY_GROUP', NO, 'the group has members', 'stop them first'],
  [69, 'GROUP_ID_NOT_FOUND', NO, 'the group does not exist'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', RETRY, 'the broker has dropped the fetch session'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', RETRY, 'the fetch session is out of step'],
  [72, 'LISTENER_NOT_FOUND', STALE, 'the leader has no listener of this name', "check the brokers' advertised.listeners"],
  [73, 'TOPIC_DELETION_DISABLED', NO, 'the cluster does not delete topics'],
  [74, 'FENCED_LEADER_EPOCH', STALE, 'the leader has changed'],
  [75, 'UNKNOWN_LEADER_EPOCH', STALE, 'the broker has not heard of its new leader yet'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', NO, 'the broker does not know this compression', 'choose another one'],
  [77, 'STALE_BROKER_EPOCH', NO, 'the broker was restarted'],
  [78, 'OFFSET_NOT_AVAILABLE', RETRY, 'a new leader does not know its end offset yet'],
  [79, 'MEMBER_ID_REQUIRED', NO, 'the member must join with the id it was given'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', STALE, 'the preferred leader is not available'],
  [81, 'GROUP_MAX_SIZE_REACHED', NO, 'the group has as many members as it may', "see the broker's group.max.size"],
  [82, 'FENCED_INSTANCE_ID', NO, 'another member has joined with the same group.instance.id', 'give each member its own'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', STALE, 'no replica may become leader at the moment'],
  [84, 'ELECTION_NOT_NEEDED', STALE, 'the leader is the preferred one already'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', NO, 'no reassignment is in progress'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', NO, 'the group is reading the topic', 'stop its members first'],
  [87, 'INVALID_RECORD', NO, 'the broker refused a record', 'a compacted topic needs a key in every record'],
  [88, 'UNSTABLE_OFFSET_COMMIT', RETRY, 'a transaction that commits offsets is still open'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', RETRY, 'a quota is used up'],
  [90, 'PRODUCER_FENCED', NO, 'another producer with the same transactional id has taken over, or the transaction took too long', 'run only one producer with a transactional id, and end transactions in time'],
  [91, 'RESOURCE_NOT_FOUND', NO, 'it does not exist'],
  [92, 'DUPLICATE_RESOURCE', NO, 'it was named twice'],
  [93, 'UNACCEPTABLE_CREDENTIAL', NO, 'the credential does not meet the requirements'],
  [94, 'INCONSISTENT_VOTER_SET', NO, 'the voters disagree'],
  [95, 'INVALID_UPDATE_VERSION', NO, 'the update version is invalid'],
  [96, 'FEATURE_UPDATE_FAILED', NO, 'the features could not be updated'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', NO, 'the brokers cannot read the principal', SEE_BROKER_LOG],
  [98, 'SNAPSHOT_NOT_FOUND', NO, 'the snapshot does not exist'],
  [99, 'POSITION_OUT_OF_RANGE', NO, 'the position is not in the snapshot'],
  [100, 'UNKNOWN_TOPIC_ID', STALE, 'the topic was deleted, or created anew'],
  [101, 'DUPLICATE_BROKER_REGISTRATION', NO, 'the broker id is in use'],
  [102, 'BROKER_ID_NOT_REGISTERED', NO, 'the broker id is not registered'],
  [103, 'INCONSISTENT_TOPIC_ID', STALE, 'the topic was created anew'],
  [104, 'INCONSISTENT_CLUSTER_ID', NO, 'this is another cluster'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', NO, 'the transactional id does not exist'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', RETRY, 'the fetch session mixes topic ids and names'],
  [107, 'INELIGIBLE_REPLICA', NO, 'a replica may not join the in-sync replicas'],
  [108, 'NEW_LEADER_ELECTED', NO, 'the leader has changed'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', NO, 'the offset has moved to tiered storage'],
  [110, 'FENCED_MEMBER_EPOCH', NO, 'the group has fenced this member'],
  [111, 'UNRELEASED_INSTANCE_ID', NO, 'another member still uses this group.instance.id', 'stop it, or wait for its session to end'],
  [112, 'UNSUPPORTED_ASSIGNOR', NO, 'the group does not support this assignor'],
  [113, 'STALE_MEMBER_EPOCH', NO, 'the member is behind its group'],
  [114, 'MISMATCHED_ENDPOINT_TYPE', NO, 'this is a controller, not a broker (or the other way round)', 'check the port'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', NO, 'this type of endpoint is not supported'],
  [116, 'UNKNOWN_CONTROLLER_ID', NO, 'the controller id is unknown'],
  [117, 'UNKNOWN_SUBSCRIPTION_ID', NO, 'the telemetry subscription is unknown'],
  [118, 'TELEMETRY_TOO_LARGE', NO, 'the telemetry is too large'],
  [119, 'INVALID_REGISTRATION', NO, 'the registration of the broker is invalid'],
  [120, 'TRANSACTION_ABORTABLE', NO, 'the transaction failed and can only be aborted'],
  [121, 'INVALID_RECORD_STATE', NO, 'the record is not in a state that allows this'],
  [122, 'SHARE_SESSION_NOT_FOUND', RETRY, 'the broker has dropped the share session'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', RETRY, 'the share session is out of step'],
  [124, 'FENCED_STATE_EPOCH', NO, 'the share group has moved on'],
  [125, 'INVALID_VOTER_KEY', NO, 'the key of the voter does not match'],
  [126, 'DUPLICATE_VOTER', NO, 'the voter exists already'],
  [127, 'VOTER_NOT_FOUND', NO, 'the voter does not exist'],
  [128, 'INVALID_REGULAR_EXPRESSION', NO, 'the broker cannot read the regular expression', 'it must be RE2 syntax'],
  [129, 'REBOOTSTRAP_REQUIRED', STALE, 'the broker asks to be found anew'],
  [130, 'STREAMS_INVALID_TOPOLOGY', NO, 'the topology is invalid'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', NO, 'the epoch of the topology is invalid'],
  [132, 'STREAMS_TOPOLOGY_FENCED', NO, 'the topology is out of date'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', RETRY, 'the broker has as many share sessions as it may']
] as const satisfies readonly Row[]

const BY_CODE = new Map<number, ErrorCode>(
  ROWS.map(([code, name, again, meaning, advice]: Row) => [
    code,
    { code, name, retriable: again !== NO, staleMetadata: again === STALE, meaning, ...(advice && { advice }) }
  ])
)

/** What a code means. A code that this table does not know is not retriable. */
export function errorCode(code: number): ErrorCode {
  return (
    BY_CODE.get(code) ?? {
      code,
      name: `ERROR_${code}`,
      retriable: false,
      staleMetadata: false,
      meaning: `the broker answered with error ${code}, which is unknown here`,
      advice: UPGRADE
    }
  )
}

type CodeByName = { readonly NONE: 0 } & { readonly [R in (typeof ROWS)[number] as R[1]]: R[0] }

/** The codes by name, for code that treats some of them specially. */
export const Code = { NONE: 0, ...Object.fromEntries(ROWS.map(([code, name]) => [name, code])) } as CodeByName
