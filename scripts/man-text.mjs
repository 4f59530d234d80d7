// What the manual says beyond the commands' own text: sections of prose, of definitions, of examples. `scripts/man.mjs` lays
// them out. By the page's name; a paragraph is a string, definitions are a list of pairs.

export const sections = {
  sluice: {
    delivery: [
      'At least once is the default of every command that moves records: what was read is written out first, then a ' +
        'checkpoint is written, then offsets are committed. Whatever happens in between, nothing is lost; after a crash, ' +
        'records since the last commit come again.',
      'Exactly once needs --delivery exactly-once (pipe, produce) or --checkpoint with --output (consume), and a source that ' +
        'can be gone on with: topics, files. A file is cut back to what the checkpoint has; a topic is written in ' +
        'transactions, which those see that read committed records. It holds through kill -9, at any moment.',
      'At most once is produce --delivery none: nobody acknowledges what is sent.'
    ],
    examples: [
      [
        'See whether all is well between this machine and the cluster of a Java client:',
        'sluice doctor -F client.properties'
      ],
      [
        'Three fields of a topic as CSV:',
        'sluice consume orders --exit --format csv --fields key,value.user,value.amount'
      ],
      ['Lines to a topic, what stands before the tab as the key:', "sluice produce orders -K '\\t' orders.tsv"],
      [
        'Copy a topic, with keys, headers, timestamps and partitions:',
        "sluice pipe 'kafka:orders?exit' kafka:orders-copy"
      ],
      [
        'Go an hour back with a group; first the plan, then the act:',
        'sluice offsets reset billing --topic orders --to @-1h'
      ],
      ['', 'sluice offsets reset billing --topic orders --to @-1h --execute']
    ]
  },
  lag: {
    columns: [
      ['group, topic, partition', 'whose lag it is; the partition with --by partition, or in JSON and CSV'],
      ['committed', 'the next offset to read, as the group has committed it; - (null) where it never did'],
      ['start, end', 'of the log: what is before the start has been deleted, the end is the offset of the next record'],
      ['lag', 'records yet to be read. Without --by partition it is the sum over the partitions of a topic'],
      ['seconds', 'with --time: how long ago the next unread record was written, 0 when there is none'],
      ['member', 'with --by partition: who reads it now, as client id and host; - while nobody does']
    ],
    'what counts': [
      'Lag is counted in offsets, as the end less the committed offset, or less the start of the log where that is higher: ' +
        'what is deleted cannot be read any more. Records that a compacted topic has lost, and the markers of transactions, ' +
        'count although nobody will read them: a group that has read all can show a lag of 1 behind a transaction.',
      'The end is that of all records, unless --isolation committed says that those of open transactions do not count. A ' +
        'partition to which a group never committed counts with its whole log, for a topic that the group has committed to. ' +
        'A topic that is gone is still named, with a note.',
      'Groups are looked at whether their members run or not. Committed offsets lag behind what members ' +
        'have read by up to their interval of committing (5 s for most); a job that commits with long checkpoints makes a ' +
        'saw-tooth of it: --checkpoint FILE counts from what its checkpoint file has instead.'
    ],
    'in scripts': [
      '--max N prints the report, and the exit status is 3 when a lag is over N. --wait looks again until none is, and the ' +
        'status is 3 when --timeout has passed first. With --by partition both are about each partition, else about each ' +
        'topic of a group. A group that does not exist is an error (1), not a lag of 0.',
      '--listen serves /metrics under the names of kafka_exporter (kafka_consumergroup_lag, with --time ' +
        'kafka_consumergroup_lag_seconds), read afresh at each scrape: 503 when the cluster does not answer. What listens ' +
        'on 127.0.0.1 answers only as localhost.'
    ]
  },
  offsets: {
    notes: [
      'What would change something (reset, import, delete) prints its plan and does nothing without --execute. A group that ' +
        'has members is refused, and they are named: they would go on from where they are and commit over it. Stop them first.',
      'An offset outside of the log is moved to its start or end, with a note. reset creates a group that does not exist, and ' +
        'so does import; delete with --topic keeps the rest of the group.',
      'The CSV of export and import is that of kafka-consumer-groups: topic,partition,offset without a header line, with ' +
        'group, in front for several groups.'
    ]
  }
}
