import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { z } from 'zod'
import { updateTenantSettings } from '../../src/store/postgres/queries/tenants.ts'
import { updateWorkspaceSettings } from '../../src/store/postgres/queries/workspaces.ts'
import type { TenantSession } from '../../src/store/postgres/transaction.ts'
import {
  patchTenantSettings,
  readTenantSettings,
  readWorkspaceSettings,
  tenantSettingsOf,
  tenantSettingsSchema,
} from '../../src/tenant/settings.ts'
import { acme, lab, openAccess } from '../support/access-records.ts'
import { createRandom, integerBelow } from '../support/random.ts'

const { runtime } = await openAccess(t)
const cases = 400
const random = createRandom(20_260_929)
const below = (bound: number) => integerBelow(random, bound)
const oneOf = <Item>(items: readonly Item[]): Item => items[below(items.length)]!
const listOf = <Item>(most: number, make: () => Item) => Array.from({ length: below(most + 1) }, make)

const pieces = [
  'a',
  'Z',
  '7',
  ' ',
  '"',
  '\\',
  '\\u0041',
  "'",
  '/',
  '€',
  'ß',
  '😀',
  '\u202e',
  '\u2028',
  '\ufffe',
]
const hostilePieces = ['\0', '\n', '\u007f', '\ud83d', '\udc00']
const hostileValues = [null, true, [], {}, -1, 0, 1e300, 1.5, '', 'x'.repeat(70_000), { a: { b: 'c' } }]

/** Now and then something that has no place there. */
const mostly = (value: unknown): unknown => (below(25) === 0 ? oneOf(hostileValues) : value)
const text = (most: number) => listOf(most, () => oneOf(below(60) === 0 ? hostilePieces : pieces)).join('')
const key = () => oneOf(['a', 'cost/center', 'constructor', 'x.y_z-9', `l${below(99)}`, '__proto__', 'No'])
const labels = () => Object.fromEntries(listOf(6, () => [key(), mostly(text(30))]))
const domain = () => mostly(`${oneOf(['a', 'x-1', '9', 'ä'])}.${oneOf(['example', 'b.c', 'com'])}`)

const makers: Readonly<Record<string, () => unknown>> = {
  timeZone: () => oneOf([...Intl.supportedValuesOf('timeZone'), 'UTC', 'Asia/Kolkata', 'utc']),
  billingAnchorDay: () => below(30),
  sessionMinutesMax: () => below(50_000),
  invitationDays: () => below(95),
  signInDomains: () => listOf(5, domain),
  labels,
  unknown: () => 1,
}

function someSettings(names: readonly string[]): unknown {
  const chosen = names.filter(name => (name === 'unknown' ? below(20) === 0 : below(2) === 0))
  return Object.fromEntries(chosen.map(name => [name, mostly(makers[name]!())]))
}

async function storedIn(session: TenantSession, table: string, id: string): Promise<unknown> {
  const text = `SELECT settings FROM postern.${table} WHERE id = $1`
  return (await session.rows<{ settings: unknown }>(text, [id]))[0]!.settings
}

t.test('whatever is let through is stored, and comes back equal', async t => {
  const changed: unknown[] = []
  let [stored, refused] = [0, 0]
  await runtime.inTenant(acme.id, async session => {
    for (let run = 0; run < cases; run += 1) {
      const result = readTenantSettings(someSettings(Object.keys(makers)))
      if ('mistakes' in result) {
        refused += 1
        continue
      }
      stored += 1
      await updateTenantSettings(session, result.settings)
      const back = await storedIn(session, 'tenants', acme.id)
      if (!isDeepStrictEqual(back, result.settings)) changed.push(result.settings)
      if (tenantSettingsOf(back).unfit.length > 0) changed.push(result.settings)
    }
  })
  t.same(changed, [])
  t.ok(stored > cases / 8 && refused > cases / 8, `${stored} of ${cases} were stored: both happened often`)
})

t.test('patches keep it so, one on top of the other', async t => {
  await runtime.inTenant(acme.id, async session => {
    let stored: unknown = {}
    let applied = 0
    for (let run = 0; run < cases / 4; run += 1) {
      const result = patchTenantSettings(stored, someSettings(Object.keys(makers)))
      if ('mistakes' in result) continue
      await updateTenantSettings(session, result.settings)
      stored = await storedIn(session, 'tenants', acme.id)
      applied += 1
      if (!isDeepStrictEqual(stored, result.settings)) t.fail(`run ${run} came back changed`)
    }
    t.ok(applied > 10, `${applied} were applied`)
  })
})

t.test('the same is true of workspaces', async t => {
  await runtime.inTenant(acme.id, async session => {
    for (let run = 0; run < cases / 4; run += 1) {
      const result = readWorkspaceSettings({ description: text(400), labels: labels() })
      if ('mistakes' in result) continue
      t.equal(await updateWorkspaceSettings(session, lab.id, result.settings), true)
      t.same(await storedIn(session, 'workspaces', lab.id), result.settings)
    }
  })
})

t.test('the largest settings that are let through fit into the database', async t => {
  const { labels, signInDomains } = tenantSettingsSchema.shape
  const labelBounds = z.toJSONSchema(labels)
  const { maxLength } = labelBounds.additionalProperties as { maxLength: number }
  const largest = {
    timeZone: 'America/Argentina/ComodRivadavia',
    billingAnchorDay: 28,
    sessionMinutesMax: 43_200,
    invitationDays: 90,
    signInDomains: Array.from(
      { length: z.toJSONSchema(signInDomains).maxItems! },
      () => `${`${'a'.repeat(62)}.`.repeat(3)}${'b'.repeat(63)}`,
    ),
    labels: Object.fromEntries(
      Array.from({ length: labelBounds.maxProperties! }, (_, n) => [
        `l${n}`.padEnd(63, 'x'),
        '€'.repeat(maxLength),
      ]),
    ),
  }
  t.same(readTenantSettings(largest), { settings: largest })
  await runtime.inTenant(acme.id, session => updateTenantSettings(session, largest))
})
