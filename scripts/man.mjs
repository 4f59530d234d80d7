// Writes man/sluice.1 and a page for each command from oclif.manifest.json, so that the manual says what the program does.
// What is common to all commands stands here; the rest is each command's own text. Run by build.mjs, after the manifest.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sections } from './man-text.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const offsets = [
  ['group', "the group's committed offset; a partition without one falls back to --reset"],
  ['earliest, beginning, start', 'the start of the log'],
  ['latest, end', 'the end of the log; its last stable offset when only committed records are read'],
  [
    '@TIME',
    'the first record with that timestamp or a later one, or the end. TIME is in milliseconds since the epoch, ' +
      'ISO 8601 (UTC unless it names a zone), or a span before now as in -90m, -2d or -1h30m'
  ],
  ['N', 'that offset'],
  ['-N', 'the last N records of each partition'],
  ['P:N,… or TOPIC:P:N,…', 'offsets of single partitions; the others fall back to group, or without a group to --reset']
]

const exitStatus = [
  ['0', 'done; also when the reader of the output went away, as in | head'],
  ['1', 'it failed at run time'],
  ['2', 'wrong usage, said before anything was touched'],
  ['3', 'the condition that was asked for does not hold'],
  ['130, 143', 'ended by SIGINT or SIGTERM, in order; a second signal ends it at once']
]

const environment = [
  ['KAFKA_BOOTSTRAP_SERVERS', 'seed brokers, where --bootstrap-server is not given'],
  ['SCHEMA_REGISTRY_URL', 'where schemas are, where neither --schema-registry nor a property says it'],
  ['SLUICE_PROFILE', 'the profile, where --profile is not given'],
  ['SLUICE_CONFIG', 'the file with the profiles'],
  ['NO_COLOR', 'when it is set, nothing is coloured']
]

const files = [
  [
    '~/.config/sluice/config.toml',
    'profiles: a table [profile.NAME] for each, with properties under the names that Kafka gives them. ' +
      'In a property, ${env:NAME} stands for a variable of the environment: so no secret has to stand in a file'
  ]
]

/** File names under man/ → their text. @param manifest oclif's @param pjson package.json */
export function manPages(manifest, pjson) {
  const commands = Object.values(manifest.commands)
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const topics = Map.groupBy(commands, ({ id }) => id.split(':')[0])
  const pages = new Map([['sluice.1', mainPage(topics, pjson)]])
  for (const [name, members] of topics) pages.set(`sluice-${name}.1`, commandPage(name, members, pjson))
  return pages
}

function mainPage(topics, pjson) {
  const list = [...topics].map(([name, members]) => [`sluice-${name}(1)`, summaryOf(name, members, pjson)])
  // Those that belong to one command stand on its page.
  const flags = commonFlags([...topics.values()].flat()).filter(([group]) => ['common', 'cluster'].includes(group))
  return page('sluice', pjson, [
    section('name', `sluice \\- ${text(lowered(pjson.description))}`),
    section('synopsis', '.B sluice\n.I COMMAND\n[ARGUMENTS] [FLAGS]\n.br\n.B sluice\n\\-\\-help | \\-\\-version'),
    section(
      'description',
      `.B sluice\n${text('moves records between Kafka, files, sockets and pipes. stdout carries data alone; notices, progress and errors go to stderr. An error is one line: what went wrong, and what to do about it.')}`
    ),
    section('commands', definitions(list)),
    section('offsets', `${text('Wherever a command takes OFFSETS:')}\n${definitions(offsets)}`),
    ...more('sluice').slice(0, -1),
    ...flags.map(([group, members]) => section(`${group} flags`, flagList(members))),
    ...more('sluice').slice(-1),
    ...shared([...topics.keys()].map((name) => `sluice-${name}`))
  ])
}

function commandPage(name, members, pjson) {
  const several = members.length > 1
  const own = members.flatMap((command) => {
    const title = `sluice ${words(command)}`
    const parts = [
      [
        several ? undefined : 'description',
        paragraphs([...(several ? [command.summary] : []), command.description].filter(Boolean))
      ],
      [
        'arguments',
        definitions(
          Object.values(command.args)
            .filter(({ hidden }) => !hidden)
            .map((arg) => [arg.name.toUpperCase(), arg.description ?? ''])
        )
      ],
      ['flags', flagList(flagsOf(command).filter(({ helpGroup }) => !helpGroup))],
      ['examples', examples(command)]
    ].filter(([, body]) => body !== '')
    if (!several) return parts.map(([heading, body]) => section(heading, body))
    return [
      section(
        title,
        parts
          .map(([heading, body]) => (heading ? `.SS ${heading[0].toUpperCase()}${heading.slice(1)}\n${body}` : body))
          .join('\n')
      )
    ]
  })
  return page(`sluice-${name}`, pjson, [
    section('name', `sluice\\-${text(name)} \\- ${text(lowered(summaryOf(name, members, pjson)))}`),
    section('synopsis', members.map(synopsis).join('\n.br\n')),
    // Of a single command its examples stand last.
    ...(several ? own : own.slice(0, -1)),
    ...more(name),
    ...commonFlags(members).map(([group, flags]) => section(`${group} flags`, flagList(flags))),
    ...(several ? [] : own.slice(-1)),
    ...shared(['sluice'])
  ])
}

/** The sections of a page that are more than its commands' own text. */
function more(name) {
  return Object.entries(sections[name] ?? {}).map(([heading, parts]) => {
    if (heading === 'examples') {
      return section(heading, examples({ examples: parts.map(([description, command]) => ({ description, command })) }))
    }
    return section(heading, typeof parts[0] === 'string' ? paragraphs(parts) : definitions(parts))
  })
}

function paragraphs(parts) {
  return parts.map(text).join('\n.PP\n')
}

function shared(seeAlso) {
  return [
    section('exit status', definitions(exitStatus)),
    section('environment', definitions(environment)),
    section('files', definitions(files)),
    section('see also', seeAlso.map((name) => `.BR ${text(name)} (1)`).join(',\n'))
  ]
}

const words = ({ id }) => id.replaceAll(':', ' ')
const flagsOf = ({ flags }) => Object.values(flags).filter(({ hidden }) => !hidden)

/** The flags that stand in groups, by group, each once. */
function commonFlags(commands) {
  const byName = new Map(
    commands
      .flatMap(flagsOf)
      .filter(({ helpGroup }) => helpGroup)
      .map((flag) => [flag.name, flag])
  )
  return [...Map.groupBy(byName.values(), ({ helpGroup }) => helpGroup)]
}

function summaryOf(name, members, pjson) {
  return (members.length > 1 && pjson.oclif.topics?.[name]?.description) || members[0].summary
}

function lowered(sentence) {
  return sentence.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase()).replace(/\.$/, '')
}

function synopsis(command) {
  const usage = command.usage ?? `${words(command)} ${Object.values(command.args).map(argument).join(' ')} [FLAGS]`
  return [usage]
    .flat()
    .map((line) => `.B sluice\n${text(line.replace('<%= command.id %>', words(command)).replace(/ +/g, ' '))}`)
    .join('\n.br\n')
}

function argument({ name, required, multiple }) {
  const shown = `${name.toUpperCase()}${multiple ? '...' : ''}`
  return required ? shown : `[${shown}]`
}

function flagList(flags) {
  return flags
    .map((flag) => {
      const value = flag.helpValue ?? (flag.options ? flag.options.join('|') : 'VALUE')
      const long = `\\fB\\-\\-${flag.allowNo ? '[no\\-]' : ''}${text(flag.name)}\\fR`
      const label = `${flag.char ? `\\fB\\-${flag.char}\\fR, ` : ''}${long}${flag.type === 'option' ? valueOf(value) : ''}`
      const fallback = flag.type === 'option' && flag.default ? ` [default: ${flag.default}]` : ''
      return `.TP\n${label}\n${text(flag.description + fallback)}`
    })
    .join('\n')
}

/** `=FILE`; `[=PARTITIONS]` where it may be left out. */
function valueOf(value) {
  const optional = /^\[([^\]]*)\]$/.exec(value)?.[1]
  return optional ? `[=\\fI${text(optional)}\\fR]` : `=\\fI${text(value)}\\fR`
}

function definitions(list) {
  return list.map(([term, description]) => `.TP\n\\fB${text(term)}\\fR\n${text(description)}`).join('\n')
}

function examples({ examples = [] }) {
  return examples
    .map((example) => (typeof example === 'string' ? { command: example } : example))
    .map(({ description, command }) => {
      const line = text(command.replaceAll('<%= config.bin %>', 'sluice'))
      return `${description ? `.PP\n${text(description)}\n` : ''}.PP\n.nf\n.RS 4\n${line}\n.RE\n.fi`
    })
    .join('\n')
    .replace(/^\.PP\n/, '')
}

function section(heading, body) {
  return `.SH ${quoted(heading.toUpperCase())}\n${body}`
}

function quoted(words) {
  return /\s/.test(words) ? `"${words}"` : words
}

function page(name, { version }, sections) {
  const head = `.\\" Written by scripts/man.mjs: change the commands' own text.\n.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "sluice ${version}" "User Commands"`
  return `${[head, ...sections].join('\n')}\n`
}

/** Plain text → troff: what troff would obey, and every character outside of ASCII, by its name. */
function text(plain) {
  const named = { '\\': '\\e', '-': '\\-', "'": '\\(aq', '`': '\\(ga', '^': '\\(ha', '~': '\\(ti' }
  return plain
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\\\-'`^~]/g, (character) => named[character])
    .replace(
      /[^\x20-\x7e]/gu,
      (character) => `\\[u${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`
    )
    .replace(/^\./, '\\&.')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [manifest, pjson] = ['oclif.manifest.json', 'package.json'].map((file) =>
    JSON.parse(readFileSync(root + file, 'utf8'))
  )
  const pages = manPages(manifest, pjson)
  mkdirSync(`${root}man`, { recursive: true })
  for (const old of readdirSync(`${root}man`)) if (!pages.has(old)) rmSync(`${root}man/${old}`)
  for (const [file, page] of pages) writeFileSync(`${root}man/${file}`, page)
}
