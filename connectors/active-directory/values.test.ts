/** Ids, times, bits and names of Active Directory, without a domain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasBit, withBit } from './account-control.ts'
import { refuseAccountName } from './account-name.ts'
import { never, toFileTime, toIso } from './file-time.ts'
import { guidDn, isGuid, primaryGroupDn, toGuid } from './native-id.ts'

test('the bytes of an objectGUID are the text that Windows shows', () => {
  const text = toGuid(Buffer.from('33221100554477668899aabbccddeeff', 'hex'))

  assert.equal(text, '00112233-4455-6677-8899-aabbccddeeff')
  assert.deepEqual([isGuid(text), isGuid('not one'), isGuid(`${text})`)], [true, false, false])
  assert.equal(guidDn(text), '<GUID=00112233-4455-6677-8899-aabbccddeeff>')
})

test('the primary group is named by the SID of the domain and its own number', () => {
  const sid = Buffer.from('010500000000000515000000f551c1fd8538b9fec1de66cb53040000', 'hex')

  assert.equal(primaryGroupDn(sid, '513'), '<SID=S-1-5-21-4257305077-4273551493-3412516545-513>')
})

test('times travel both ways without losing a tick; never is no time', () => {
  for (const iso of ['2027-01-31T00:00:00Z', '1999-12-31T23:59:59.1234567Z', '1601-01-02T00:00:00Z'])
    assert.equal(toIso(toFileTime(iso) ?? ''), iso)
  assert.deepEqual([toIso('0'), toIso(never)], [null, null])
  assert.equal(toFileTime('2027-01-31'), toFileTime('2027-01-31T01:00:00+01:00'))
  assert.equal(toFileTime('2027-01-31T10:00'), toFileTime('2027-01-31T10:00:00Z'))
  for (const text of ['soon', '2027-13-01', '31.01.2027', '1500-01-01', '']) assert.equal(toFileTime(text), null, text)
})

test('one bit is switched and no other', () => {
  const control = 0x1_0200

  assert.equal(withBit(withBit(control, 0x2, true), 0x2, false), control)
  assert.equal(withBit(control, 0x2, true), 0x1_0202)
  assert.deepEqual([hasBit(control, 0x1_0000), hasBit(control, 0x2)], [true, false])
})

test('a login keeps to the rules of sAMAccountName', () => {
  for (const name of ['ada', 'ada.lovelace', 'O’Hara', 'zoë', "o'neil", 'a'.repeat(20)]) refuseAccountName(name)
  const forbidden = '" / \\ [ ] : ; | = , + * ? < >'.split(' ').map((character) => `a${character}b`)
  for (const name of ['', '...', 'a'.repeat(21), 'a.', ...forbidden])
    assert.throws(() => refuseAccountName(name), { code: 'invalid', sent: 'no' }, name)
})
