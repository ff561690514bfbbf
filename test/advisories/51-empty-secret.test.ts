/**
 * Threat 51: a token signed by HMAC with an empty or guessable secret.
 * Advisories: CVE-2026-45363
 * Defence: the same as of threat 50; a configuration that asks for HMAC is refused (src/config/issuer-
 * schema.ts), and a key set may publish no secret (src/token/key-set.ts).
 */
import t from 'tap'
import { issuerSchema } from '../../src/config/issuer-schema.ts'
import { parseKeySet } from '../../src/token/key-set.ts'
import { proveRefused } from '../hostile/tokens/prove.ts'
import { jwkOf, makeKey } from '../support/tokens.ts'

t.test('an HMAC with an empty secret is refused', async t => proveRefused(t, 51))

t.test('no configuration accepts an algorithm with a secret', async t => {
  for (const algorithm of ['HS256', 'HS384', 'HS512', 'none', 'dir', 'A256KW']) {
    const { success } = issuerSchema.shape.algorithms.safeParse([algorithm, 'ES256'])
    t.notOk(success, algorithm)
  }
})

t.test('a secret in a key set is no key, however long it is and whatever it is called', async t => {
  const good = jwkOf(makeKey('good'))
  for (const secret of [
    { kty: 'oct', k: '' },
    { kty: 'oct', k: 'AA', alg: 'HS256' },
    { kty: 'oct', k: 'A'.repeat(86), alg: 'ES256' },
    { ...good, k: '' },
  ]) {
    const keys = parseKeySet(JSON.stringify({ keys: [{ ...secret, kid: 'bad' }, good] }), ['ES256'], 10)
    t.same([...keys!.keys()], ['good'])
  }
})
