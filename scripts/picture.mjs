// node scripts/picture.mjs: draws docs/terminal.svg, the README's picture, from a real run of these commands against a
// sandbox broker. Each line appears when it did, waits cut short; where nothing moves in a picture, all of it is there.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { build, install, root } from './toolchain.mjs'

const commands = [
  'sluice produce orders orders.jsonl --create-topic=4 --format jsonl --key-field user.name',
  'sluice consume orders -e --format csv --fields key,value.item,value.amount | head -4',
  "sluice consume orders -e | jq -r 'select(.amount > 45) | .item' | sort | uniq -c",
  'sluice consume orders --group billing --reset earliest --max 100 > hundred.txt',
  'sluice lag billing --by partition --time',
  'sluice lag billing --max 50 > lag.txt; echo "exit code $?"',
  'sluice offsets reset billing --topic orders --to @-1h',
  'sluice consume order'
]
const [width, lineHeight, fontSize, pause] = [880, 19, 14, 1.6]

install()
build()
const folder = mkdtempSync(join(tmpdir(), 'picture-'))
symlinkSync(join(root, 'bin', 'run.js'), join(folder, 'sluice'))
symlinkSync(join(root, 'sandbox', 'sample-orders.jsonl'), join(folder, 'orders.jsonl'))
const env = { ...process.env, PATH: [folder, join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) }
const run = (script) => spawnSync('bash', ['-c', script], { cwd: folder, env, encoding: 'utf8' })

try {
  env.KAFKA_BOOTSTRAP_SERVERS = run('sluice sandbox start --quiet --port 0 --data broker').stdout.trim()
  const lines = []
  for (const command of commands) lines.push(...(await recorded(command)))
  writeFileSync(join(root, 'docs', 'terminal.svg'), drawn(lines))
} finally {
  run('sluice sandbox stop --quiet --delete --data broker')
  rmSync(folder, { recursive: true })
}

/** A command's lines: what is typed, what it says, and how many seconds after the line before. */
async function recorded(command) {
  const child = spawn('bash', ['-c', command], { cwd: folder, env })
  const lines = [{ text: `$ ${command}`, kind: 'in', after: pause }]
  let last = performance.now()
  const hear = (kind) => (chunk) => {
    const texts = chunk.toString().trimEnd().split('\n')
    const after = (performance.now() - last) / 1000
    lines.push(...texts.map((text, i) => ({ text, kind, after: i === 0 ? after : 0 })))
    last = performance.now()
  }
  child.stdout.on('data', hear('out'))
  child.stderr.on('data', hear('err'))
  await once(child, 'close')
  return lines
}

function drawn(lines) {
  const height = (lines.length + 2) * lineHeight
  let time = -pause
  const texts = lines.map(({ text, kind, after }, i) => {
    time += after
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    const style = `animation-delay:${time.toFixed(2)}s`
    return `<text class="${kind}" x="20" y="${(i + 2) * lineHeight}" style="${style}">${escaped}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text { font: ${fontSize}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; fill: #d7dae0 }
.in { fill: #98c379 } .err { fill: #e5c07b }
@media (prefers-reduced-motion: no-preference) { text { animation: appear 0.01s both } }
@keyframes appear { from { opacity: 0 } }
</style>
<rect width="100%" height="100%" rx="8" fill="#21252b"/>
${texts.join('\n')}
</svg>
`
}
