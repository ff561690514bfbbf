import t from 'tap'
import { scramVerifier } from '../../../src/store/postgres/scram.ts'

t.test('a password becomes the verifier that the example of RFC 7677 leads to', async t => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  t.equal(
    scramVerifier('pencil', salt),
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:' +
      'wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
})

t.test('a password that would need normalising, or is empty, is refused', async t => {
  for (const password of ['', 'pässword', 'line\nbreak']) {
    t.throws(() => scramVerifier(password, Buffer.alloc(16)), TypeError)
  }
})
