import t from 'tap'
import {
  patchTenantSettings,
  readTenantSettings,
  readWorkspaceSettings,
  tenantSettingsOf,
  workspaceSettingsOf,
} from '../../src/tenant/settings.ts'
import { mistakesMax } from '../../src/tenant/settings-mistake.ts'

const everything = {
  timeZone: 'Europe/Berlin',
  billingAnchorDay: 15,
  sessionMinutesMax: 60,
  invitationDays: 3,
  signInDomains: ['example.com', 'xn--bcher-kva.example'],
  labels: { 'cost/center': '4711' },
}

const mistakesOf = (value: unknown) => {
  const result = readTenantSettings(value)
  return 'mistakes' in result ? result.mistakes : []
}

const pathsOf = (value: unknown) => mistakesOf(value).map(({ path }) => path)

t.test('settings that are all right are taken as they are, and only what was set', async t => {
  t.same(readTenantSettings(everything), { settings: everything })
  t.same(readTenantSettings({}), { settings: {} })
})

t.test('all mistakes are told at once, each with its path and what was expected, and no value', async t => {
  const mistakes = mistakesOf({
    timeZone: 'Secret/Zone',
    billingAnchorDay: 29,
    sessionMinutesMax: 'secret',
    invitationDays: 1.5,
    signInDomains: ['example.com', 'Secret.example'],
    labels: { 'a/b~c': 12345, Shouted: 'secret' },
    colour: 'secret',
  })
  t.same(mistakes, [
    { path: '/timeZone', message: 'expected an IANA time zone such as Europe/Berlin' },
    { path: '/billingAnchorDay', message: 'expected a number of at most 28' },
    { path: '/sessionMinutesMax', message: 'expected a number' },
    { path: '/invitationDays', message: 'expected a whole number' },
    { path: '/signInDomains/1', message: 'expected a DNS name in lower case such as example.com' },
    {
      path: '/labels/a~1b~0c',
      message: 'expected a key: a lower-case letter, then letters, digits and . _ / -, at most 63',
    },
    {
      path: '/labels/Shouted',
      message: 'expected a key: a lower-case letter, then letters, digits and . _ / -, at most 63',
    },
    {
      path: '/colour',
      message:
        'expected one of the members timeZone, billingAnchorDay, sessionMinutesMax, invitationDays, signInDomains, labels',
    },
  ])
})

t.test('what is no map of settings at all is a mistake of the whole', async t => {
  for (const value of [null, [], 'UTC', 1]) {
    t.same(mistakesOf(value), [{ path: '', message: 'expected a map of keys' }])
  }
  t.same(mistakesOf({ labels: [] }), [{ path: '/labels', message: 'expected a map of keys' }])
})

t.test('a time zone is one that can be reckoned with, in the spelling of its database', async t => {
  for (const timeZone of ['UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) {
    t.same(pathsOf({ timeZone }), [], timeZone)
  }
  for (const timeZone of ['utc', 'Europe/berlin', '+01:00', 'Mars/Olympus', '', 'Z'.repeat(65)]) {
    t.same(pathsOf({ timeZone }), ['/timeZone'], timeZone)
  }
})

t.test('a sign-in domain is a whole DNS name, in lower case', async t => {
  const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
  for (const domain of ['a.b', 'x-1.example.com', longest]) t.same(pathsOf({ signInDomains: [domain] }), [])
  const noes = ['com', 'a..b', '.a.b', 'a.b.', '-a.b', 'a-.b', '*.a.b', 'a@b.c', '10.0.0.1', 'bücher.de']
  for (const domain of [...noes, `${longest}e`, 'a\n.b', 'a.b\n']) {
    t.same(pathsOf({ signInDomains: [domain] }), ['/signInDomains/0'], domain)
  }
  t.same(pathsOf({ signInDomains: [] }), ['/signInDomains'], 'nobody could sign in')
  t.same(pathsOf({ signInDomains: Array(101).fill('a.b') }), ['/signInDomains'])
})

t.test('labels are bounded in number, key and text, and hold nothing that cannot be stored', async t => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`l${n}`, '']))
  t.same(pathsOf({ labels: many(32) }), [])
  t.same(pathsOf({ labels: many(33) }), ['/labels'])
  t.same(pathsOf({ labels: { a: 'x'.repeat(200) } }), [])
  for (const text of ['x'.repeat(201), 'nul \0', 'line\nbreak', 'half \ud83d']) {
    t.same(pathsOf({ labels: { a: text } }), ['/labels/a'])
  }
  t.same(pathsOf({ labels: { constructor: 'Ltd', tostring: '😀' } }), [])
})

t.test('a member named __proto__ is refused wherever it stands, and changes no prototype', async t => {
  const hostile = JSON.parse('{"__proto__": {"timeZone": "UTC"}, "labels": {"__proto__": "x", "a": "b"}}')
  t.same(pathsOf(hostile).sort(), ['/__proto__', '/labels/__proto__'])
  const patched = patchTenantSettings(everything, hostile)
  t.match(patched, { mistakes: [{ path: '/labels/__proto__' }, { path: '/__proto__' }] })
  t.equal(Object.hasOwn(Object.prototype, 'timeZone'), false)
})

t.test('a key that is too long is not repeated, nor more mistakes listed than anyone reads', async t => {
  t.same(pathsOf({ ['k'.repeat(65)]: 1 }), [''])
  const junk = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`junk${n}`, 1]))
  t.equal(mistakesOf(junk).length, mistakesMax)
  t.equal(mistakesOf({ signInDomains: Array(5000).fill(1), ...junk }).length, mistakesMax)
})

t.test('every value has a default that holds until somebody sets it', async t => {
  t.same(tenantSettingsOf({}), {
    settings: {
      timeZone: 'UTC',
      billingAnchorDay: 1,
      sessionMinutesMax: 720,
      invitationDays: 7,
      signInDomains: null,
      labels: {},
    },
    unfit: [],
  })
  t.same(tenantSettingsOf(everything), { settings: everything, unfit: [] })
  t.same(tenantSettingsOf({ invitationDays: 3 }).settings.sessionMinutesMax, 720)
})

t.test('a stored member that does not fit is reported, and opens nothing; the others hold', async t => {
  const { settings, unfit } = tenantSettingsOf({
    ...everything,
    sessionMinutesMax: 100_000,
    signInDomains: ['*.example.com'],
    timeZone: 'Mars/Olympus',
  })
  t.same(settings, { ...everything, sessionMinutesMax: 5, signInDomains: [], timeZone: 'UTC' })
  t.same(
    unfit.map(({ path }) => path),
    ['/timeZone', '/sessionMinutesMax', '/signInDomains/0'],
  )
})

t.test('what a newer version stored beside is passed over, and what is no map at all', async t => {
  t.same(tenantSettingsOf({ ...everything, colour: 'red' }), { settings: everything, unfit: [] })
  for (const stored of [null, [], 'x', undefined]) t.same(tenantSettingsOf(stored), tenantSettingsOf({}))
})

t.test('a patch sets, replaces and takes back members, in labels one by one', async t => {
  const patch = { billingAnchorDay: null, invitationDays: 9, labels: { 'cost/center': null, team: 'core' } }
  const { billingAnchorDay, ...rest } = everything
  t.same(patchTenantSettings(everything, patch), {
    settings: { ...rest, invitationDays: 9, labels: { team: 'core' } },
  })
  t.same(patchTenantSettings(everything, { signInDomains: ['a.b'] }), {
    settings: { ...everything, signInDomains: ['a.b'] },
  })
  t.same(patchTenantSettings({}, { labels: { a: null, b: '1' } }), { settings: { labels: { b: '1' } } })
  t.same(patchTenantSettings(everything, {}), { settings: everything })
})

t.test('a patch must fit, after it was applied; what it does not touch need not', async t => {
  const stored = { colour: 'red', timeZone: 'Mars/Olympus' }
  t.same(patchTenantSettings(stored, { invitationDays: 9 }), { settings: { ...stored, invitationDays: 9 } })
  t.same(patchTenantSettings(stored, { colour: null }), { settings: { timeZone: 'Mars/Olympus' } })
  t.match(patchTenantSettings(stored, { color: null }), { mistakes: [{ path: '/color' }] })
  t.match(patchTenantSettings(stored, { colour: 'blue' }), { mistakes: [{ path: '/colour' }] })
  t.match(patchTenantSettings(stored, { labels: { a: { b: null } } }), { mistakes: [{ path: '/labels/a' }] })
  t.match(patchTenantSettings(stored, []), { mistakes: [{ path: '' }] })
  const full = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`l${n}`, '']))
  t.match(patchTenantSettings({ labels: full }, { labels: { more: '' } }), {
    mistakes: [{ path: '/labels' }],
  })
})

t.test('a workspace has settings of its own', async t => {
  const settings = { description: 'Where drafts are made', labels: { team: 'core' } }
  t.same(readWorkspaceSettings(settings), { settings })
  t.match(readWorkspaceSettings({ description: 'x'.repeat(501), timeZone: 'UTC' }), {
    mistakes: [{ path: '/description' }, { path: '/timeZone' }],
  })
  t.same(workspaceSettingsOf({}), { settings: { description: '', labels: {} }, unfit: [] })
})
