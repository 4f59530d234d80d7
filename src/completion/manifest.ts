/** What completion reads of the manifest and package.json: commands with their flags and arguments, as help shows them. */
import type { FlagShape } from '../cli/argv.js'

export interface Manifest {
  commands: Record<string, CommandText>
  /** The first words of commands that have two. */
  topics: Record<string, { description?: string }>
}

export interface CommandText {
  id: string
  summary?: string
  hidden?: boolean
  /** False: the last argument may be repeated. */
  strict?: boolean
  args: Record<string, ArgumentText>
  flags: Record<string, FlagText>
}

export interface ArgumentText {
  name: string
  options?: string[]
}

export interface FlagText extends FlagShape {
  name: string
  description?: string
  hidden?: boolean
  multiple?: boolean
  allowNo?: boolean
  /** How its value is written: `FILE`, `auto[:5s]|checkpoint|exit|none`. */
  helpValue?: string
  options?: string[]
}
