/** A fresh folder for each test that asks for one. They all go when the run ends, with the folder around them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export class Workdir {
  readonly path = mkdtempSync(join(tmpdir(), 'work-'))

  /** Writes a file, its folders too, and gives its path. */
  write(name: string, content: string | Buffer): string {
    const path = this.join(name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  read(name: string): string {
    return readFileSync(this.join(name), 'utf8')
  }

  /** What a program has written there; nothing while it has not begun. */
  soFar(name: string): string {
    return existsSync(this.join(name)) ? this.read(name) : ''
  }

  readBytes(name: string): Buffer {
    return readFileSync(this.join(name))
  }

  join(name: string): string {
    return join(this.path, name)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
