import t from 'tap'
import { foldNames } from '../../src/http1/field-name.ts'
import { readFraming } from '../../src/http1/framing.ts'
import { readConnectionOptions } from '../../src/http1/hop-by-hop.ts'
import { httpRules, refusedBy } from '../../src/http1/rules.ts'
import { readTarget } from '../../src/http1/target.ts'

const bounds = { headerCountMax: 10, headerBytesMax: 500 }

const framing = (fields: string[], version = '1.1') => {
  const headers = ['Host', 'a', ...fields]
  return readFraming(headers, foldNames(headers), version, bounds)
}
const connection = (value: string) => readConnectionOptions(['Connection', value], ['connection'])

t.test('a refusal names the rule and shows what broke it, escaped', async t => {
  const broken = [
    [framing([], '0.9'), 'http-version', '0.9'],
    [framing(Array.from({ length: 20 }, () => 'x')), 'headers-count', '11 fields'],
    [framing(['X', 'a'.repeat(500)]), 'headers-size', '514 bytes'],
    [framing(['X', 'a\x0bb']), 'field-character', '\\x0b'],
    [framing(['Content_Length', '5']), 'field-imitates', 'Content_Length'],
    [framing(['HOST', 'b']), 'field-repeated', 'HOST'],
    [framing(['Authorization', 'Bearer a', 'Authorization', 'Bearer b']), 'authorization-repeated', null],
    [readFraming(['Host', 'b@a'], ['host'], '1.1', bounds), 'host-invalid', null],
    [readFraming(['Host', 'a b'], ['host'], '1.1', bounds), 'host-invalid', 'a b'],
    [framing(['Content-Length', '5', 'Transfer-Encoding', 'chunked']), 'length-and-coding', null],
    [framing(['Content-Length', '+5']), 'length-not-digits', '+5'],
    [framing(['Transfer-Encoding', 'chunked'], '1.0'), 'coding-in-http-1.0', null],
    [framing(['Transfer-Encoding', '\tgzip']), 'coding-unknown', '\\x09gzip'],
    [framing(['Expect', '200-ok']), 'expect-unknown', '200-ok'],
    [connection('"close"'), 'connection-not-tokens', '"close"'],
    [connection('HOST'), 'connection-names', 'host'],
    [readTarget('*'), 'target-form', null],
    [readTarget('/a\\b'), 'target-character', '\\\\'],
    [readTarget('/%zz'), 'target-escape', '%zz'],
    [readTarget('/a%00'), 'target-nul', null],
    [readTarget('/a//b'), 'target-empty-segment', null],
    [readTarget('/%ff'), 'target-not-utf8', null],
    [readTarget('/a%2Fb'), 'target-separator', '/'],
    [readTarget('/a%3Bb'), 'target-delimiter', ';'],
    [readTarget('/a%0d'), 'target-control', '\\x0d'],
    [readTarget('/a%2541'), 'target-escaped-twice', '%41'],
    [readTarget('/a/%2e%2e/b'), 'target-dot-segment', '..'],
  ] as const
  for (const [refused, rule, offending] of broken) t.match(refused, { rule, offending }, rule)
})

t.test('what a refusal by a rule says is what the table says', async t => {
  for (const [name, { code, sentence }] of Object.entries(httpRules)) {
    const rule = name as keyof typeof httpRules
    t.same(refusedBy(rule), { refused: code, detail: sentence, rule, offending: null })
  }
})
