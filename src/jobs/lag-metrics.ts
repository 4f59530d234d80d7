/**
 * Lag as Prometheus reads it, under the names of the kafka_exporter that dashboards know.
 * Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4)
 */
import type { LagReport, PartitionLag } from './lag-rows.js'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

interface Metric {
  name: string
  help: string
  value: (row: PartitionLag) => bigint | number | null
  /** Of the partition, whoever reads it. */
  ofLog?: boolean
}

const metrics: Metric[] = [
  {
    name: 'kafka_consumergroup_current_offset',
    help: 'The next offset to read, as the group has committed it.',
    value: (row) => row.committed
  },
  {
    name: 'kafka_consumergroup_checkpoint_offset',
    help: 'The next offset to read, as a checkpoint file has it.',
    value: (row) => row.checkpoint
  },
  {
    name: 'kafka_consumergroup_lag',
    help: 'Records that the group has yet to read, by offsets; the whole log where it never committed.',
    value: (row) => row.lag
  },
  {
    name: 'kafka_consumergroup_lag_seconds',
    help: 'Age of the next record that the group will read; 0 when there is none.',
    value: (row) => row.seconds
  },
  {
    name: 'kafka_topic_partition_current_offset',
    help: 'The end of the log.',
    value: (row) => row.end,
    ofLog: true
  },
  {
    name: 'kafka_topic_partition_oldest_offset',
    help: 'The start of the log.',
    value: (row) => row.start,
    ofLog: true
  }
]

/** All metrics that have samples. What is not known is left out. */
export function metricsText({ partitions }: LagReport): string {
  return metrics.map((metric) => metricText(metric, partitions)).join('')
}

function metricText({ name, help, value, ofLog = false }: Metric, rows: readonly PartitionLag[]): string {
  // A partition stands in a row of each group.
  const samples = new Set<string>()
  for (const row of rows) {
    const number = value(row)
    if (number === null) continue
    const { group, topic, partition } = row
    const labels = { ...(ofLog ? {} : { consumergroup: group ?? '' }), topic, partition: `${partition}` }
    samples.add(`${name}{${labelText(labels)}} ${number}\n`)
  }
  return samples.size === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${[...samples].join('')}`
}

function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}
