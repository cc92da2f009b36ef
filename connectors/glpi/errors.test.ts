import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meaningOf, refusePartly } from './errors.ts'

const answer = (status: number, json: unknown) => ({ status, headers: {}, json })
const doing = { doing: 'changing the user' }

test('GLPI’s codes become ours in any language, and its sentences do not pass', () => {
  const meanings = [
    meaningOf(answer(404, ['ERROR_ITEM_NOT_FOUND', 'Élément introuvable'])),
    meaningOf(answer(401, ['ERROR_RIGHT_MISSING', 'No tiene permiso'])),
    meaningOf(answer(400, ['ERROR_WRONG_APP_TOKEN_PARAMETER', 'jane'])),
    meaningOf(answer(400, ['ERROR_GLPI_ADD', 'Ajout impossible. jane existe déjà'])),
  ]

  assert.deepEqual(
    meanings.map((meaning) => meaning?.code),
    ['not_found', 'denied', 'auth', 'invalid'],
  )
  assert.doesNotMatch(JSON.stringify(meanings), /jane|permiso|introuvable/)
})

test('an answer without a code of GLPI, or of a server that fails, means what the status says', () => {
  assert.equal(meaningOf(answer(400, { message: 'no' })), null)
  assert.equal(meaningOf(answer(500, ['ERROR_SQL', 'INSERT INTO glpi_users …'])), null)
  assert.equal(meaningOf(answer(404, undefined)), null)
})

test('success with a line that says no is a refusal; a remark is told from silence', () => {
  assert.throws(() => refusePartly(answer(207, [{ 7: false, message: 'jane' }]), doing), {
    code: 'invalid',
    vendorCode: 'HTTP 207',
  })
  assert.throws(() => refusePartly(answer(200, { 7: false, message: '' }), doing), { code: 'invalid' })
  assert.deepEqual(refusePartly(answer(200, [{ 7: true, message: '' }]), doing), { hasRemarks: false })
  assert.deepEqual(refusePartly(answer(200, [{ 7: true, message: 'Impossible' }]), doing), { hasRemarks: true })
  assert.deepEqual(refusePartly(answer(200, undefined), doing), { hasRemarks: false })
})
