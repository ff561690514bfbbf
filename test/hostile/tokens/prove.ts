import type { Test } from 'tap'
import { startTokenWorld, worldKeys, worldStartMs } from '../../support/token-world.ts'
import { startKeySetServer } from '../../support/tokens.ts'
import type { Attack } from './attack.ts'
import { tokenAttacks } from './corpus.ts'

/** The rules that need no key: what breaks one of them must cost neither a fetch nor a signature. */
const cheapRules = new Set([
  'token-length',
  'token-shape',
  'token-header',
  'token-signature-encoding',
  'token-alg',
  'token-kid',
  'token-typ',
  'token-header-member',
  'token-payload',
  'token-issuer',
  'token-typ-refused',
])

/**
 * Proves that every attack of one class is answered as expected; that what can be told from the token alone is refused
 * before any key is fetched and any signature checked; and that nobody is asked whom a token names.
 */
export async function proveRefused(t: Test, threat: number): Promise<void> {
  const world = await startTokenWorld(t, { starts: false })
  const canary = await startKeySetServer('{}')
  t.teardown(() => canary.close())
  const { issuer } = world.one
  const victim = { issuer, nowMs: worldStartMs, keys: worldKeys, canary: canary.origin }
  const attacks = tokenAttacks(victim).filter(attack => attack.threat === threat)
  t.ok(attacks.length > 0)
  for (const { name, token, expected } of attacks.filter(attack => isCheap(attack, issuer.algorithms)))
    t.equal(await world.verify(token), expected, `${name}, while no key is known`)
  t.equal(world.fetches(), 0, 'no key was fetched')
  t.equal(world.verifications(), 0, 'no signature was checked')
  await Promise.all([world.one.keys.start(), world.two.keys.start()])
  for (const { name, token, expected } of attacks) t.equal(await world.verify(token), expected, name)
  t.equal(world.fetches(), 2, 'each provider was asked once')
  t.same(canary.asked, [], 'nobody else was asked')
}

function isCheap({ token, expected }: Attack, algorithms: readonly string[]): boolean {
  const rule = expected.split(' ').at(-1)!
  return cheapRules.has(rule) || (rule === 'token-alg-refused' && !algorithms.includes(algorithmOf(token)))
}

function algorithmOf(token: string): string {
  const header = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()
  return (JSON.parse(header) as { readonly alg: string }).alg
}
