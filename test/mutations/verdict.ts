/** How a test ended: only `noticed` proves that it looks at what was broken. */
export type Verdict =
  | { readonly outcome: 'passed' }
  /** An assertion failed, within the subtest of this name. */
  | { readonly outcome: 'noticed'; readonly title: string }
  /** It waited for what did not come. */
  | { readonly outcome: 'hung' }
  /** It did not get as far as an assertion: it did not load, or the source itself is wrong. */
  | { readonly outcome: 'broke'; readonly reason: string }

/** @param code the exit code of the process; null when it was killed */
export function judge(tap: string, code: number | null): Verdict {
  if (code === 0) return { outcome: 'passed' }
  let other: Verdict = code === null ? { outcome: 'hung' } : { outcome: 'broke', reason: 'said nothing' }
  for (const failure of failuresIn(tap)) {
    if (hanging.test(failure.assertion)) other = { outcome: 'hung' }
    else if (isOfTheSource(failure.report))
      other = { outcome: 'broke', reason: 'the source threw what it must not' }
    else return { outcome: 'noticed', title: failure.title }
  }
  return other
}

/** What tap says of tests that never ended; the others were never begun. */
const hanging = /^(timeout!|test unfinished|child test left in queue|assertion after automatic end)/

/** A wrong name or a value misread there; a test that reads a value which is not there has noticed something. */
function isOfTheSource(report: string): boolean {
  const type = /^ +type: (\w+)$/m.exec(report)?.[1]
  if (type === 'ReferenceError' || type === 'SyntaxError') return true
  return type === 'TypeError' && /^ +stack: \|\n.*\bsrc\//m.test(report)
}

type Failure = {
  /** Of the outermost subtest. */
  readonly title: string
  readonly assertion: string
  readonly report: string
}

/** The assertions that failed; not the subtests around them, which TAP tells the time of. */
function failuresIn(tap: string): Failure[] {
  const found: Failure[] = []
  const lines = tap.split('\n')
  let title = ''
  lines.forEach((line, index) => {
    if (line.startsWith('# Subtest: ')) title = line.slice('# Subtest: '.length)
    const assertion = /^ *not ok \d+ - (.*)$/.exec(line)?.[1]
    if (assertion === undefined || / # time=[\d.]+ms$/.test(assertion)) return
    const end = lines.findIndex((each, at) => at > index && each.trim() === '...')
    found.push({ title, assertion, report: lines.slice(index + 1, end).join('\n') })
  })
  return found
}
