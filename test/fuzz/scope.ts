import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Violation } from './fuzzer.ts'

/** Stands in for a test where what test/support starts is used outside of one. */
export type Scope = {
  readonly t: Test
  /** Throws what was reported meanwhile, and forgets it. */
  readonly assertCalm: () => void
  /** The last started is closed first. */
  readonly close: () => Promise<void>
}

export function createScope(): Scope {
  const teardowns: (() => unknown)[] = []
  const reported: unknown[] = []
  const t = {
    testdir: (files: Readonly<Record<string, string>>) => {
      const folder = mkdtempSync(join(tmpdir(), 'postern-fuzz-'))
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      teardowns.push(() => rmSync(folder, { recursive: true }))
      return folder
    },
    teardown: (done: () => unknown) => teardowns.push(done),
    error: (error: unknown) => reported.push(error),
  } as unknown as Test
  return {
    t,
    assertCalm: () => {
      const [error] = reported.splice(0)
      if (error !== undefined) throw error instanceof Error ? error : new Violation(String(error))
    },
    close: async () => {
      for (let done = teardowns.pop(); done !== undefined; done = teardowns.pop()) await done()
    },
  }
}
