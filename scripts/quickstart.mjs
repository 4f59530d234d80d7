// npm run quickstart: from a fresh clone to records that go into a Kafka and come out of it, each command shown as a person
// would type it. What it starts stays, to be played with; its last lines say how to go on and how to end it.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { attempt, build, install, node, root } from './toolchain.mjs'

const sample = 'sandbox/sample-orders.jsonl'

install()
build()
const commands = Object.keys(JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')).commands)

const port = await choosePort()
const which = port === 9092 ? [] : ['--port', `${port}`]
const broker = port === 9092 ? [] : ['-b', `127.0.0.1:${port}`]

say('A real Kafka on this machine:')
show('sandbox', 'start', ...which)
say('160 orders, a JSON object a line, into a new topic; orders of the same customer stay in order:')
show('produce', 'orders', sample, '--create-topic=4', '--format', 'jsonl', '--key-field', 'user.name', ...broker)
say('What there is now:')
show('discover', 'orders', ...broker)
say('Its offsets, and where the last hour begins:')
show('offsets', 'show', 'orders', '--at', '@-1h', ...broker)
say('The whole topic as CSV:')
const fields = 'partition,offset,key,value.time,value.item,value.count,value.amount'
show('consume', 'orders', '--exit', '--format', 'csv', '--fields', fields, '-O', '.cache/orders.csv', ...broker)
const lines = readFileSync(join(root, '.cache', 'orders.csv'), 'utf8')
  .trimEnd()
  .split('\n')
console.log([...lines.slice(0, 6), `… ${lines.length - 1} records in .cache/orders.csv`].join('\n'))
if (commands.includes('lag')) {
  say('A group reads half of it; where it stands, and how far behind it is:')
  show(
    'consume',
    'orders',
    '--group',
    'quickstart',
    '--reset',
    'earliest',
    '-n',
    '80',
    '-O',
    '.cache/half.txt',
    ...broker
  )
  show('offsets', 'list', 'quickstart', ...broker)
  show('lag', 'quickstart', ...broker)
}

const onPort = port === 9092 ? '' : ` -b 127.0.0.1:${port}`
console.log(`
It works. To go on by yourself:

  alias sluice='${node} ${join(root, 'bin', 'run.js')}'
  sluice consume orders -e -f '%k: %s\\n'${onPort}    # as kcat would print it
  echo hello | sluice produce greetings --create-topic${onPort}
  sluice consume greetings${onPort}                         # follows; Ctrl-C ends it
  sluice --help

The Kafka goes on running. To end it, and remove its topics:

  sluice ${['sandbox', 'stop', '--delete', ...which].join(' ')}`)

function say(text) {
  console.log(`\n${text}`)
}

/** Runs sluice, as the line that it prints says. */
function show(...args) {
  console.log(`$ sluice ${args.join(' ')}`)
  if (attempt(node, ['bin/run.js', ...args]) === 0) return
  console.error('\nThis should have worked. The line above says what is in the way.')
  process.exit(1)
}

/** Kafka's own port, when a sandbox has it or nobody does. */
async function choosePort() {
  for (const port of [9092, 19_092, 29_092, 39_092]) {
    if (attempt(node, ['bin/run.js', 'sandbox', 'status', '--port', `${port}`], { stdio: 'ignore' }) === 0) return port
    if (await isFree(port)) return port
    say(`Port ${port} is in use by another program: trying the next one.`)
  }
  console.error('Free port 9092, and try again.')
  process.exit(1)
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}
