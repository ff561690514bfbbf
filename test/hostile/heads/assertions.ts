import type { Test } from 'tap'
import { until } from '../../support/until.ts'
import type { Forwarded } from './case.ts'
import type { Fragmentation } from './judge.ts'
import { judge } from './judge.ts'
import type { Lane } from './lane.ts'

type Rows<Wanted> = readonly (readonly [name: string, bytes: string, wanted: Wanted])[]

/** Each is refused with this `status CODE rule`: the client learns the code, the log the rule, the service nothing. */
export async function assertRefused(t: Test, lane: Lane, rows: Rows<string>): Promise<void> {
  for (const [name, bytes, wanted] of rows) t.equal(await refusalOf(lane, bytes), wanted, name)
}

/** `status CODE rule` of what one request is answered. */
export async function refusalOf(lane: Lane, bytes: string): Promise<string> {
  const { sidecar } = lane
  const before = sidecar.log().length
  const { answer, forwarded, violations, hung } = await lane.send([withToken(lane, bytes)], null)
  if (hung || forwarded.length > 0 || violations.length > 0) return `it went on: ${answer.slice(0, 12)}`
  const line = await until('the refusal is in the log', () =>
    sidecar
      .log()
      .slice(before)
      .find(each => 'reason' in each),
  )
  const code = /"code":"([A-Z_]+)"/.exec(answer)?.[1]
  return `${answer.slice(9, 12)} ${code} ${line.rule ?? ''}`.trim()
}

/** Each goes on as exactly this one request, and what follows it as the next. */
export async function assertForwarded(t: Test, lane: Lane, rows: Rows<Forwarded>): Promise<void> {
  for (const [name, bytes, expected] of rows) await assertJudged(t, lane, name, { bytes, expected })
}

/** At most the beginning of each goes on, on a connection that closes; nothing behind it is read as a request. */
export async function assertBroken(
  t: Test,
  lane: Lane,
  rows: readonly (readonly [name: string, bytes: string])[],
): Promise<void> {
  for (const [name, bytes] of rows) await assertJudged(t, lane, name, { bytes, expected: 'broken' })
}

const ways: readonly Fragmentation[] = ['whole', 'split at each CRLF', 'behind a good request']

async function assertJudged(
  t: Test,
  lane: Lane,
  name: string,
  tried: Parameters<typeof judge>[1],
): Promise<void> {
  for (const way of ways) t.equal((await judge(lane, tried, way)).fault, null, `${name}, ${way}`)
}

function withToken({ sidecar }: Lane, bytes: string): string {
  return bytes.replaceAll('{token}', sidecar.token('acme', 'member'))
}
