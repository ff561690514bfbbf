import { dirname, resolve } from 'node:path'
import type { Path } from './mistake.ts'

/** Reads a whole file as text; throws where it cannot. */
export type ReadFile = (path: string) => string

const bytesMax = 65_536

/** Reads secrets from files named relative to the configuration file; what cannot be read is a mistake. */
export class SecretFiles {
  readonly #base: string
  readonly #readFile: ReadFile
  readonly #note: (path: Path, expected: string) => void

  constructor(configFile: string, readFile: ReadFile, note: (path: Path, expected: string) => void) {
    this.#base = dirname(resolve(configFile))
    this.#readFile = readFile
    this.#note = note
  }

  resolve(file: string): string {
    return resolve(this.#base, file)
  }

  /** The secret without the newline an editor puts at its end; empty where there was a mistake. */
  read(file: string, path: Path): string {
    let text: string
    try {
      text = this.#readFile(this.resolve(file)).replace(/\r?\n$/, '')
    } catch {
      this.#note(path, 'expected a file that can be read; it is looked for beside the configuration file')
      return ''
    }
    if (text === '' || Buffer.byteLength(text) > bytesMax) {
      this.#note(path, `expected a file with a secret of 1 to ${bytesMax} bytes`)
    }
    return text
  }

  readOptional(file: string | null, path: Path): string | null {
    return file === null ? null : this.read(file, path)
  }
}
