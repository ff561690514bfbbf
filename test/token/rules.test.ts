import t from 'tap'
import { parseCompactToken } from '../../src/token/compact-token.ts'
import { refusedBy, tokenRules } from '../../src/token/rules.ts'
import { encodePart, makeKey, signToken } from '../support/tokens.ts'

t.test('what a refusal by a rule says is what the table says', async t => {
  for (const [name, { code, sentence }] of Object.entries(tokenRules)) {
    const rule = name as keyof typeof tokenRules
    t.same(refusedBy(rule), { refused: code, detail: sentence, rule, offending: null })
  }
})

t.test('what is no compact token is refused by the rule it breaks', async t => {
  const key = makeKey('k')
  const part = encodePart({ alg: 'ES256', kid: 'k' })
  const broken: readonly (readonly [token: string, rule: string, offending: string | null])[] = [
    ['a.b.c.d.e', 'token-shape', null],
    [`${encodePart('[]')}.${part}.`, 'token-header', null],
    [`${part}.${part}.ab`, 'token-signature-encoding', null],
    [signToken(key, {}, { alg: 1 }), 'token-alg', null],
    [signToken(key, {}, { kid: 7 }), 'token-kid', null],
    [signToken(key, {}, { typ: 7 }), 'token-typ', null],
    [signToken(key, {}, { crit: ['b64'] }), 'token-header-member', 'crit'],
    [signToken(key, '{"sub":"a","sub":"b"}'), 'token-payload', null],
  ]
  for (const [token, rule, offending] of broken) t.match(parseCompactToken(token), { rule, offending }, rule)
})
