import t from 'tap'
import { enteredAnswer, listedAnswers, mistakeSentence } from '../../src/cli/operator-answer.ts'

const operator = { userId: 'user-1', displayName: 'Ada Lovelace' }
const tenant = { id: 'tenant-1', slug: 'acme' }
const grant = { id: 'grant-1', role: 'admin', reason: 'Ticket 4711, at night', expiresAtMs: 0 } as const

t.test(
  'who is let in is told until when, and the words that close it again, as a shell reads them',
  async t => {
    const { lines } = enteredAnswer(
      { operator, tenant, grant },
      {
        action: 'break-glass',
        identity: { issuer: 'https://id.example/?a=b', subject: "ada's" },
        slug: 'acme',
        role: 'admin',
        minutes: 30,
        reason: grant.reason,
      },
      ' --config control.yaml',
    )
    t.match(lines[0], 'Ada Lovelace may act as admin in acme until 1970-01-01T00:00:00.000Z')
    t.match(lines[1], 'Grant grant-1')
    t.equal(
      lines.at(-1),
      "  postern operator close --tenant acme --issuer 'https://id.example/?a=b' --subject 'ada'\\''s' --config control.yaml",
    )
  },
)

t.test('operators are listed with what is needed to revoke them', async t => {
  const identities = [{ issuer: 'https://id.example/', subject: 'ada' }]
  const listed = listedAnswers([
    { ...operator, identities, createdAtMs: 0, revokedAtMs: null },
    { ...operator, identities, createdAtMs: 0, revokedAtMs: 1000 },
  ])
  t.same(
    listed.map(({ lines }) => lines),
    [
      ['Ada Lovelace (ada of https://id.example/): operator since 1970-01-01T00:00:00.000Z'],
      [
        'Ada Lovelace (ada of https://id.example/): operator since 1970-01-01T00:00:00.000Z, revoked 1970-01-01T00:00:01.000Z',
      ],
    ],
  )
})

t.test('a way in that is open already is named, with its end', async t => {
  t.match(
    mistakeSentence({ mistake: 'already-open', grant }),
    /grant-1 is open there, as admin until 1970.*close it/,
  )
})
