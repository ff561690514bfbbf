/**
 * Threat 70: credentials that come twice, or that one server reads as a token and the next does not.
 * Advisories: none
 * Defence: a second Authorization field is refused in any spelling (src/http1/framing.ts); a token is what
 * follows the one word Bearer and its spaces, to the end of the field (bearerToken in
 * src/proxy/stages/01-receive.ts), and must be one compact JWS. No other place of a request is looked at.
 */
import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { startSidecar, userIdOf } from '../support/sidecar.ts'

type Case = (good: string, other: string) => string

const line = (value: string) => `Authorization: ${value}\r\n`

const twice: { readonly [name: string]: Case } = {
  'two tokens': (good, other) => line(`Bearer ${good}`) + line(`Bearer ${other}`),
  'the same token twice': good => line(`Bearer ${good}`) + line(`Bearer ${good}`),
  'a token and nothing': good => line(`Bearer ${good}`) + line(''),
  'nothing and a token': good => line('') + line(`Bearer ${good}`),
  'a token and another scheme': good => line(`Bearer ${good}`) + line('Basic YTpi'),
  'another scheme and a token': good => line('Basic YTpi') + line(`Bearer ${good}`),
  'two spellings of the name': (good, other) =>
    `authorization: Bearer ${good}\r\nAUTHORIZATION: Bearer ${other}\r\n`,
  'two with a field between': (good, other) =>
    `${line(`Bearer ${good}`)}X-Other: 1\r\n${line(`Bearer ${other}`)}`,
}

const notTokens: { readonly [name: string]: Case } = {
  'no scheme': good => line(good),
  'only a scheme': () => line('Bearer'),
  'a scheme and a space': () => line('Bearer '),
  nothing: () => line(''),
  'another scheme': good => line(`Basic ${good}`),
  'another scheme of six letters': good => line(`Digest ${good}`),
  'a scheme that begins like ours': good => line(`Bearer2 ${good}`),
  'a scheme that ends like ours': good => line(`XBearer ${good}`),
  'a colon in place of the space': good => line(`Bearer:${good}`),
  'a tab in place of the space': good => line(`Bearer\t${good}`),
  'another scheme first, in a list': good => line(`Basic YTpi, Bearer ${good}`),
  'a proof of possession': good => line(`DPoP ${good}`),
  'the token in the query': () => '',
  'the token in a cookie': good => `Cookie: access_token=${good}; Authorization=Bearer ${good}\r\n`,
  'the token for a proxy': good => `Proxy-Authorization: Bearer ${good}\r\n`,
  'the token in fields of others': good =>
    `X-Access-Token: ${good}\r\nX-Authorization: Bearer ${good}\r\nX-Forwarded-Authorization: Bearer ${good}\r\n`,
}

const malformed: { readonly [name: string]: Case } = {
  'two tokens in a list': (good, other) => line(`Bearer ${good}, Bearer ${other}`),
  'two tokens after one scheme': (good, other) => line(`Bearer ${good} ${other}`),
  'the scheme twice': good => line(`Bearer Bearer ${good}`),
  'a comma after it': good => line(`Bearer ${good},`),
  'quotes around it': good => line(`Bearer "${good}"`),
  'a parameter after it': good => line(`Bearer ${good};a=b`),
  'a name before it': good => line(`Bearer token=${good}`),
  'a tab before it': good => line(`Bearer \t${good}`),
}

const good: { readonly [name: string]: Case } = {
  'the scheme in lower case': good => line(`bearer ${good}`),
  'the scheme in upper case': good => line(`BEARER ${good}`),
  'several spaces': good => line(`Bearer    ${good}`),
  'spaces around the value': good => `Authorization:   Bearer ${good}  \r\n`,
  'the name in another case': good => `aUTHORIZATION: Bearer ${good}\r\n`,
}

const imitations: { readonly [name: string]: Case } = {
  'a second one in an imitated name': (good, other) =>
    `${line(`Bearer ${good}`)}Authorization_: Bearer ${other}\r\n`,
}

async function ask(sidecar: Sidecar, fields: string): Promise<string> {
  const client = await sidecar.connect()
  client.send(
    `GET /notes?access_token=${sidecar.token('acme', 'member')} HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`,
  )
  return client.closed()
}

t.test('credentials that come twice are nobody’s, and a token is read in one way or not at all', async t => {
  const recorder = await startRecorder(t)
  const bounds = 'bounds: { unprovenPerAddressPerSecond: 100000 }'
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  const tokens = [sidecar.token('acme', 'member'), sidecar.token('globex', 'member')] as const
  const refusing = async (cases: { readonly [name: string]: Case }, answer: RegExp) => {
    for (const [name, fields] of Object.entries(cases))
      t.match(await ask(sidecar, fields(...tokens)), answer, name)
  }
  await refusing(twice, /^HTTP\/1.1 400 .*"code":"CREDENTIALS_AMBIGUOUS"/s)
  await refusing(notTokens, /^HTTP\/1.1 401 .*"code":"TOKEN_MISSING"/s)
  await refusing(malformed, /^HTTP\/1.1 401 .*"code":"TOKEN_MALFORMED"/s)
  t.same(recorder.requests(), [], 'none of it went through')
  await refusing(good, /^HTTP\/1.1 200 /)
  for (const fields of Object.values(imitations)) await ask(sidecar, fields(...tokens))
  const users = recorder
    .requests()
    .map(({ fields }) => fields.find(([name]) => /^x-qlp-user-id$/i.test(name))?.[1])
  t.same([...new Set(users)], [userIdOf('acme', 'member')], 'and nobody else')
  t.notMatch(recorder.bytes(), /^authorization|^proxy-authorization/im)
})
