import assert from 'node:assert/strict'
import { test } from 'node:test'
import { date } from './date.ts'

test('each form is read, and written in each other', () => {
  const forms = ['2026-01-31', '31/01/2026', '2026-01-31T00:00:00Z', '20260131000000Z', '134142912000000000']
  const wanted = ['iso', 'fr', 'instant', 'generalizedTime', 'filetime']

  for (const text of forms)
    assert.deepEqual(
      wanted.map((format) => date(text, format)),
      forms,
      text,
    )
})

test('a day begins at midnight where people live, and is written as the day it is there', () => {
  assert.equal(date('2026-01-31', 'instant', 'Europe/Paris'), '2026-01-30T23:00:00Z')
  assert.equal(date('2026-07-14', 'instant', 'Europe/Paris'), '2026-07-13T22:00:00Z')
  assert.equal(date('2026-01-31', 'filetime', 'Europe/Paris'), '134142876000000000')
  assert.equal(date('2026-01-30T23:30:00Z', 'fr', 'Europe/Paris'), '31/01/2026')
  assert.equal(date('2026-01-31', 'iso', 'Pacific/Kiritimati'), '2026-01-31')
})

test('around the change of summer time a wall clock names the moment it shows, or the one after the gap', () => {
  assert.equal(date('2026-03-29T01:30:00', 'instant', 'Europe/Paris'), '2026-03-29T00:30:00Z')
  assert.equal(date('2026-03-29T03:30:00', 'instant', 'Europe/Paris'), '2026-03-29T01:30:00Z')
  assert.equal(date('2026-03-29', 'instant', 'Europe/Paris'), '2026-03-28T23:00:00Z')
  assert.equal(date('2026-10-25', 'instant', 'Europe/Paris'), '2026-10-24T22:00:00Z')
})

test('offsets, fractions and missing seconds are understood', () => {
  assert.equal(date('2026-01-31T12:00:00.123+02:00', 'instant'), '2026-01-31T10:00:00Z')
  assert.equal(date('20260131120000.5+0100', 'instant'), '2026-01-31T11:00:00Z')
  assert.equal(date('2026013112Z', 'generalizedTime'), '20260131120000Z')
  assert.equal(date('1/2/2026'), '2026-02-01')
})

test('never is no value, and so is nothing', () => {
  assert.deepEqual(
    ['0', '9223372036854775807', '', undefined, null].map((value) => date(value)),
    [undefined, undefined, undefined, undefined, undefined],
  )
})

test('days that do not exist, other forms, formats and zones are refused and not quoted', () => {
  for (const text of ['2026-02-30', '31/04/2026', '2026-01-31T25:00:00Z'])
    assert.throws(() => date(text), /expects a day and a time that exist/)
  for (const text of ['demain', '01-31-2026', '1999', '20260130'])
    assert.throws(
      () => date(text),
      (error: Error) => /expects a date such as/.test(error.message) && !error.message.includes(text),
    )
  assert.throws(
    () => date('2026-01-31', 'us'),
    /expects one of "iso", "fr", "instant", "generalizedTime", "filetime" as argument 2/,
  )
  assert.throws(() => date('2026-01-31', 'toString'), /expects one of/)
  assert.throws(() => date('2026-01-31', 'iso', 'Mars/Olympus'), /expects the name of a time zone/)
})
