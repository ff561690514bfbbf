import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutation.ts'
import { mutated } from './mutation.ts'
import type { Verdict } from './verdict.ts'
import { judge } from './verdict.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const copied = ['src', 'test', 'bench', 'config', 'docs', 'package.json', 'tsconfig.json', '.taprc']
const testMs = 60_000

/** A copy of the project that may be broken; nothing in it reaches the original. */
export class Workbench {
  readonly #directory: string

  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), 'postern-mutations-'))
    for (const name of copied)
      cpSync(join(root, name), join(this.#directory, name), { recursive: true, preserveTimestamps: true })
    symlinkSync(join(root, 'node_modules'), join(this.#directory, 'node_modules'))
  }

  /** Runs a test on the sources as they are. */
  async run(test: string): Promise<Verdict> {
    const child = spawn(process.execPath, [test], {
      cwd: this.#directory,
      env: { PATH: process.env.PATH, TAP_TIMEOUT: String(testMs / 2000) },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: testMs,
      killSignal: 'SIGKILL',
    })
    let output = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', text => {
      output += text
    })
    const [code] = await new Promise<[number | null]>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', ended => resolve([ended]))
    })
    return judge(output, code)
  }

  /** Breaks one source, runs one test, and puts the source back. */
  async runMutated(mutation: Mutation, test: string): Promise<Verdict> {
    const path = join(this.#directory, mutation.file)
    const source = readFileSync(path, 'utf8')
    writeFileSync(path, mutated(mutation, source))
    try {
      return await this.run(test)
    } finally {
      writeFileSync(path, source)
    }
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
