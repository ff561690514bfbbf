export type TapSummary = {
  /** Takes the next line of what `tap --reporter=tap` writes. */
  readonly line: (line: string) => void
  /** To be called after the last line. */
  readonly end: () => TestCounts
}

export type TestCounts = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Test files, the slowest first. */
  readonly slowest: readonly { readonly name: string; readonly ms: number }[]
}

const result = /^( *)(not ok|ok) \d+(?: - (.*?))?(?: # (?:time=([\d.]+)ms|(SKIP|TODO)).*)?$/
const wrongPlan = /^ {4}# test count/
const howItEnded = /^ {2}(exitCode|signal|expired|timeout|error):/
const yamlBlock = /^ *(---|\.\.\.)$/

/**
 * Counts tests, and shows what failed as soon as its file is over; what passed is not shown.
 *
 * A test is what stands one level below a file. A file that failed although none of its tests did (it ended early, or
 * ran out of time) counts as one failed test.
 */
export function createTapSummary(show: (line: string) => void): TapSummary {
  let passed = 0
  let failed = 0
  let skipped = 0
  const files: { name: string; ms: number }[] = []
  /** Of the file being read: its failed tests, and the lines that say so. */
  let failedInFile = 0
  let told: string[] = []
  /** The indentation of the last result, when it was a failure: its details are worth telling. */
  let failureDepth = -1
  let inDetails = false
  /** Whether the details of the last file have to say why it failed. */
  let fileUnexplained = false

  function onResult(depth: number, ok: boolean, name: string, time: string | undefined, directive: string) {
    if (depth === 0) return onFile(ok, name, time, directive)
    if (depth !== 4) return
    if (directive !== '') skipped++
    else if (ok) passed++
    else failedInFile++
  }

  function onFile(ok: boolean, name: string, time: string | undefined, directive: string) {
    files.push({ name, ms: Number(time ?? 0) })
    if (directive === 'SKIP') skipped++
    failed += !ok && failedInFile === 0 ? 1 : failedInFile
    if (!ok) for (const line of ['', `FAIL ${name}`, ...told]) show(line)
    fileUnexplained = !ok && failedInFile === 0
    told = []
    failedInFile = 0
  }

  return {
    line(line) {
      if (yamlBlock.test(line)) inDetails = line.endsWith('---')
      if (inDetails || line.endsWith('...')) {
        if (failureDepth > 0) told.push(line)
        else if (fileUnexplained && howItEnded.test(line)) show(line)
        return
      }
      const found = result.exec(line)
      if (found === null) {
        if (line.startsWith('Bail out!') || wrongPlan.test(line)) told.push(line)
        return
      }
      const [, indent = '', word, name = '', time, directive = ''] = found
      const ok = word === 'ok' || directive !== ''
      failureDepth = ok ? -1 : indent.length
      if (failureDepth > 0) told.push(line)
      onResult(indent.length, ok, name, time, directive)
    },
    end: () => ({ passed, failed, skipped, slowest: files.sort((a, b) => b.ms - a.ms) }),
  }
}
