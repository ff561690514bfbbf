import t from 'tap'
import { hasRocaMark } from '../../src/token/roca.ts'
import { jwkOf, makeKey } from '../support/tokens.ts'

/** Of the vulnerable key in json_web_key_test.json, tcId 7, of C2SP Wycheproof (Apache-2.0). */
const vulnerable =
  'AanFpofbj7KjD4Lf-N2hVMKR7yewSyXhhbirIMTGpfYEhZ_lnt5UoK98DnKIgArXGTu3MaW_HhFw16HGaTDUHqPrId7fe4r11CqRw09yBFuW79V8' +
  'sYIwHdzCaWflUI6auImYbVfoN9_nD5n8N8SY9DwXw7mwZM9wREPXoDPgOoIWl6q_MPsp7n0zs3Z5ZaiQWOOzl1S9OhwAfSiiOwz6efnXEaxuTEtPd' +
  '7BjSx7NaFka8Dx9U7YqXy2RFj1O9PjyaDGuRh7YXsX3iMUSP_wSyHQg_c_qHRtKUsNSGCT7OZg0hzm2KphtjnayKJvC64vAbROBR4Ubg6Bxg9IQVZ' +
  '-QYyE'

function modulusOf(n: string): bigint {
  return BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
}

t.test('a modulus of the vulnerable library has the mark', async t => {
  t.ok(hasRocaMark(modulusOf(vulnerable)))
})

t.test('any other has it not', async t => {
  t.notOk(hasRocaMark(modulusOf(vulnerable) + 2n))
  t.notOk(hasRocaMark(modulusOf(jwkOf(makeKey('k', 'RS256')).n as string)))
})
