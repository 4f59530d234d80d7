// What is measured: each case is a name, how many rounds, and who takes part. A peer that is not installed is left out;
// a slow one runs in the first round only.

const KCAT_TUNED = '-X fetch.wait.max.ms=10 -X queued.min.messages=1000000 -X fetch.message.max.bytes=4194304'

/** @param at { sluice, node, bootstrap, kcat, kcl, jq, classpath, lines, freshTopic() } */
export function cases(at) {
  const kcat = `kcat -b ${at.bootstrap} -q`
  const sluice = (args) => `${at.sluice} ${args}`
  const from = `-b ${at.bootstrap}`
  return [
    {
      name: 'consume values',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-100 -e > /dev/null`) },
        at.kcat && { name: 'kcat, tuned', command: `${kcat} ${KCAT_TUNED} -C -t bench-100 -e > /dev/null` },
        at.kcat && { name: 'kcat', command: `${kcat} -C -t bench-100 -e > /dev/null`, slow: true },
        at.classpath && {
          name: 'kafka-console-consumer',
          slow: true,
          command: `java -cp '${at.classpath}' org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server ${at.bootstrap} --topic bench-100 --from-beginning --max-messages ${at.records} > /dev/null 2>&1`
        }
      ]
    },
    {
      name: 'consume values as a member of a group',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-100 -g bench-member --from earliest -e > /dev/null`) },
        { name: 'sluice without a group', command: sluice(`consume ${from} bench-100 -e > /dev/null`) },
        at.kcat && {
          name: 'kcat -G, tuned',
          slow: true,
          before: at.freshGroup,
          command: (group) => `${kcat} ${KCAT_TUNED} -X auto.offset.reset=earliest -e -G ${group} bench-100 > /dev/null`
        }
      ]
    },
    {
      name: 'consume envelopes',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-100 -e --format envelope > /dev/null`) },
        at.kcat && { name: 'kcat -J, tuned', command: `${kcat} ${KCAT_TUNED} -C -t bench-100 -e -J > /dev/null` }
      ]
    },
    {
      name: 'consume by a format string',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-100 -e -f '%t %p %o %T %k %s\\n' > /dev/null`) },
        at.kcat && {
          name: 'kcat -f, tuned',
          command: `${kcat} ${KCAT_TUNED} -C -t bench-100 -e -f '%t %p %o %T %k %s\\n' > /dev/null`
        }
      ]
    },
    {
      name: 'filter by --grep, ten values of all',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-100 -e --grep '^00000123' > /dev/null`) },
        at.kcat && {
          name: 'kcat, tuned, to grep',
          command: `${kcat} ${KCAT_TUNED} -C -t bench-100 -e | LC_ALL=C grep '^00000123' > /dev/null`
        }
      ]
    },
    {
      name: 'filter by --grep, a third of all',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-json -e --grep '"currency":"EUR"' > /dev/null`) },
        at.kcat && {
          name: 'kcat, tuned, to grep',
          command: `${kcat} ${KCAT_TUNED} -C -t bench-json -e | LC_ALL=C grep '"currency":"EUR"' > /dev/null`
        }
      ]
    },
    {
      name: 'filter by --key',
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-json -e --key user-7919 > /dev/null`) },
        at.kcat && {
          name: 'kcat, tuned, to awk',
          command: `${kcat} ${KCAT_TUNED} -C -t bench-json -e -f '%k\\t%s\\n' | awk -F '\\t' '$1 == "user-7919" { print $2 }' > /dev/null`
        }
      ]
    },
    {
      name: 'three JSON fields to CSV',
      peers: [
        {
          name: 'sluice',
          command: sluice(
            `consume ${from} bench-json -e --format csv --fields value.id,value.user,value.amount > /dev/null`
          )
        },
        at.kcat &&
          at.jq && {
            name: 'kcat to jq @csv',
            slow: true,
            command: `${kcat} ${KCAT_TUNED} -C -t bench-json -e | jq -r '[.id,.user,.amount]|@csv' > /dev/null`
          }
      ]
    },
    {
      name: 'produce lines',
      peers: [
        {
          name: 'sluice',
          before: at.freshTopic,
          command: (topic) => sluice(`produce ${from} ${topic} ${at.lines}`)
        },
        at.kcat && {
          name: 'kcat -P -l',
          before: at.freshTopic,
          command: (topic) => `${kcat} -P -t ${topic} -l ${at.lines}`
        },
        at.classpath && {
          name: 'kafka-console-producer',
          slow: true,
          before: at.freshTopic,
          command: (topic) =>
            `java -cp '${at.classpath}' org.apache.kafka.tools.ConsoleProducer --bootstrap-server ${at.bootstrap} --topic ${topic} < ${at.lines} > /dev/null 2>&1`
        }
      ]
    },
    {
      name: 'copy a topic',
      peers: [
        {
          name: 'sluice',
          before: at.freshTopic,
          command: (topic) => sluice(`pipe ${from} 'kafka:bench-100?exit' kafka:${topic}`)
        },
        at.kcat && {
          name: 'kcat -C to kcat -P',
          slow: true,
          before: at.freshTopic,
          command: (topic) => `${kcat} -C -t bench-100 -e | ${kcat} -P -t ${topic}`
        },
        at.kcat && {
          name: 'kcat -C, tuned, to kcat -P',
          before: at.freshTopic,
          command: (topic) => `${kcat} ${KCAT_TUNED} -C -t bench-100 -e | ${kcat} -P -t ${topic}`
        }
      ]
    },
    {
      name: 'copy a topic exactly once, committed every second',
      peers: [
        {
          name: 'sluice',
          before: at.freshTopic,
          command: (topic) => {
            const keeping = `--checkpoint ${at.lines}.${topic} --checkpoint-interval 1s`
            return sluice(`pipe ${from} 'kafka:bench-100?exit' kafka:${topic} --delivery exactly-once ${keeping}`)
          }
        },
        {
          name: 'sluice, at least once',
          before: at.freshTopic,
          command: (topic) => sluice(`pipe ${from} 'kafka:bench-100?exit' kafka:${topic}`)
        },
        {
          name: 'sluice, at least once, --parallelism 2',
          before: at.freshTopic,
          command: (topic) => sluice(`pipe ${from} 'kafka:bench-100?exit' kafka:${topic} --parallelism 2`)
        }
      ]
    },
    {
      name: 'lag of 100 groups, 25,000 committed offsets',
      peers: [
        { name: 'sluice', command: sluice(`lag ${from} --json > /dev/null`) },
        at.kcl && {
          name: 'kcl group describe',
          command: `kcl --config-path /dev/null -B ${at.bootstrap} group describe --format json > /dev/null`
        },
        at.classpath && {
          name: 'kafka-consumer-groups',
          command: `java -cp '${at.classpath}' org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server ${at.bootstrap} --describe --all-groups > /dev/null 2>&1`
        }
      ]
    },
    {
      name: 'lag of one of them by partition',
      peers: [
        { name: 'sluice', command: sluice(`lag ${from} bench-1 --by partition --json > /dev/null`) },
        at.classpath && {
          name: 'kafka-consumer-groups',
          command: `java -cp '${at.classpath}' org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server ${at.bootstrap} --describe --group bench-1 > /dev/null 2>&1`
        }
      ]
    },
    {
      name: 'start: sluice --version',
      rounds: 15,
      peers: [
        { name: 'sluice', command: sluice('--version') },
        { name: 'node, empty script', command: `${at.node} ${at.emptyScript}` }
      ]
    },
    {
      name: 'start: one record of a topic',
      rounds: 15,
      peers: [
        { name: 'sluice', command: sluice(`consume ${from} bench-one -e`) },
        { name: 'node, empty script', command: `${at.node} ${at.emptyScript}` },
        at.kcat && { name: 'kcat', command: `${kcat} -C -t bench-one -e` }
      ]
    }
  ]
}
