/**
 * Keys that must not be used, from json_web_key_test.json of C2SP Wycheproof (Apache-2.0,
 * https://github.com/C2SP/wycheproof, testvectors_v1), by their number there. Each comes with the token that a verifier
 * which took the key would accept.
 */
const modulus1024 =
  'rJBIp6T1YK-RtPyvYqFFlcucqewSAA_IReSFchE8qyiQrbARqRlXWkB2DR8j_pJQnIpYELbQWZC5Cd0PTGAU8rMbar2AW6zpmBbi7aQf17lUBdt8' +
  'XI9M9rq7FPVQ1dDdUXm1SVH_9qqWhvMPR422SbfHBEzCAtzK0ANDRo6qz78'
const rocaModulus =
  'AanFpofbj7KjD4Lf-N2hVMKR7yewSyXhhbirIMTGpfYEhZ_lnt5UoK98DnKIgArXGTu3MaW_HhFw16HGaTDUHqPrId7fe4r11CqRw09yBFuW79V8' +
  'sYIwHdzCaWflUI6auImYbVfoN9_nD5n8N8SY9DwXw7mwZM9wREPXoDPgOoIWl6q_MPsp7n0zs3Z5ZaiQWOOzl1S9OhwAfSiiOwz6efnXEaxuTEtPd' +
  '7BjSx7NaFka8Dx9U7YqXy2RFj1O9PjyaDGuRh7YXsX3iMUSP_wSyHQg_c_qHRtKUsNSGCT7OZg0hzm2KphtjnayKJvC64vAbROBR4Ubg6Bxg9IQVZ' +
  '-QYyE'
const x = '04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY'
const y = 'UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw'
const kid = 'kid-ec-sign'

/** The key that belongs to x and y, and a token by it: what shows that the keys below are refused for their flaw. */
export const soundKey = { kty: 'EC', use: 'sig', alg: 'ES256', crv: 'P-256', kid, x, y }
export const soundToken =
  'eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0.Zm9v.5cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutrqWrte5P-pAvsE3Ve6x' +
  'SyU3YDQwUHjVVOtvcrEbbnZ8yA'

export const flawedKeys: { readonly [name: string]: { readonly [member: string]: string } } = {
  '7, rejectsKeyWithRocaVulnerability': {
    kty: 'RSA',
    use: 'sig',
    alg: 'RS256',
    e: 'AQAB',
    kid: 'roca',
    n: rocaModulus,
  },
  '8, rejects1024bitRsaKey': {
    kty: 'RSA',
    use: 'sig',
    alg: 'RS256',
    e: 'AQAB',
    kid: 'RS256_1024',
    n: modulus1024,
  },
  '10, key_too_short': {
    kty: 'oct',
    use: 'sig',
    alg: 'HS256',
    kid: 'short',
    k: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg',
  },
  '13, long_key (valid there; here there are no secrets)': {
    kty: 'oct',
    use: 'sig',
    alg: 'HS256',
    kid: 'long',
    k: 'A'.repeat(87),
  },
  '16, empty_key': { kty: 'oct', use: 'sig', alg: 'HS256', kid: 'hs256_key', k: '' },
  '19, mismatchedAlgAndCurve': { ...soundKey, alg: 'ES521' },
  '20, mismatchedAlgAndCurve': { ...soundKey, alg: 'ES224' },
  '21, invalid_use': { ...soundKey, use: 'enc' },
  '22, invalid_point': { ...soundKey, y: 'UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgnw' },
  '23, wrong_curve': { ...soundKey, crv: 'P-384' },
  '24, wrong_kty': { ...soundKey, kty: 'RSA' },
}
