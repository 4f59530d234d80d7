/** Messages of modules as sluice's own text, for systems that take text. */
import type { Message } from '../endpoint-module.js'
import { EnvelopeFormatter } from '../formats/envelope.js'
import { ByteWriter } from '../records/byte-writer.js'
import { MessageRecords } from './message-records.js'

const NOTHING = Buffer.alloc(0)

const formatter = new EnvelopeFormatter({
  ...{ format: 'envelope', fields: null, header: false, delimiter: NOTHING, keyDelimiter: null },
  ...{ keyAs: 'string', valueAs: 'string' }
})

/** Everything a record has, as one JSON object (cli.md, "consume": `envelope`). */
export function envelopeOf(message: Message): Buffer {
  const records = new MessageRecords()
  records.open([message], 0, '', 1)
  records.next()
  const out = new ByteWriter(256)
  formatter.write(records, out)
  return out.bytes.subarray(0, out.length)
}
