import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResultCodeError } from 'ldapts'
import type { Attempt } from '#connectors/kit/ldap/network-error.ts'
import { toGatewayError } from './errors.ts'

class Answer extends ResultCodeError {
  constructor(code: number, message: string) {
    super(code, message)
    this.name = 'Answer'
  }
}

const write: Attempt = { doing: 'changing the account', kind: 'write' }
const of = (code: number, message: string, attempt = write) => toGatewayError(new Answer(code, message), attempt)

test('a refused login says why: each code behind `data` has its sentence', () => {
  const login = (data: string) =>
    of(49, `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${data}, v1db1`, {
      ...{ doing: 'logging in', kind: 'bind' },
    })
  const said = ['525', '52e', '530', '531', '532', '533', '701', '773', '775'].map((data) => login(data))

  assert.ok(said.every(({ code, sent }) => code === 'auth' && sent === 'no'))
  assert.equal(new Set(said.map(({ message }) => message)).size, said.length)
  assert.match(login('775').message, /locked/)
  assert.match(login('532').message, /expired/)
  assert.equal(login('52E').vendorCode, 'LDAP 49 52e')
  assert.match(login('999').message, /refuses/)
})

test('what the result code leaves open the Windows code decides, as Windows and as Samba write it', () => {
  const cases: [number, string, string][] = [
    [19, '0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE)', 'policy'],
    [53, '0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0', 'policy'],
    [68, '00002071: UpdErr: DSID-03050328, problem 6005 (ENTRY_EXISTS), data 0', 'exists'],
    [68, '00000524: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0', 'exists'],
    [19, '000021C8: AtrErr: DSID-03200BBA, #1:', 'exists'],
    [19, '0000202F: samldb: userPrincipalName is already in use', 'exists'],
    [32, '0000208D: NameErr: DSID-0310028D, problem 2001 (NO_OBJECT), data 0, best match of', 'not_found'],
    [80, '00002095: objectclass: Cannot rename, parent does not exist!', 'not_found'],
    [50, '00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0', 'denied'],
    [53, '00000005: SvcErr: DSID-031A1254, problem 5003 (WILL_NOT_PERFORM), data 0', 'denied'],
    [19, '000020B5: AtrErr: DSID-03152D2C, #1:', 'invalid'],
    [53, 'anything', 'denied'],
    [51, 'anything', 'transient'],
    [250, 'anything', 'internal'],
  ]

  for (const [code, message, expected] of cases) assert.equal(of(code, message).code, expected, `${code} ${message}`)
})

test('the reason of a password policy passes, values never do', () => {
  const short = of(19, '0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be 7!')
  const other = of(19, "00002071: samldb: samAccountName 'ada' already in use!")

  assert.match(short.message, /\(the password is too short\)/)
  assert.doesNotMatch(`${other.message} ${other.hint} ${other.vendorCode}`, /ada/)
})

test('a connection that ends while something is written leaves the outcome unknown; before, nothing was sent', () => {
  assert.equal(toGatewayError(new Error('Connection closed before message response was received'), write).code, 'unknown_outcome')
  assert.equal(toGatewayError(new Error('Operation timed out'), { doing: 'reading', kind: 'read' }).code, 'transient')
})
