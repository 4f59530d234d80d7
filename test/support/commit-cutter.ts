/** A line to a database that breaks at a COMMIT: before the database has it, or when it has it and answers. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

export class CommitCutter {
  /** Where it breaks next, once. */
  cut: 'before' | 'behind' | null = null
  readonly #server

  /** @param port the database's, on 127.0.0.1 */
  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      const end = (): void => {
        near.destroy()
        far.destroy()
      }
      let isMute = false
      near.on('error', end).on('close', end)
      far.on('error', end).on('close', end)
      near.on('data', (chunk) => {
        const { cut } = this
        if (cut === null || !chunk.includes('COMMIT')) return far.write(chunk)
        this.cut = null
        if (cut === 'before') return end()
        isMute = true
        far.write(chunk)
      })
      far.on('data', (chunk) => (isMute ? end() : near.write(chunk)))
    })
  }

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
  }
}
