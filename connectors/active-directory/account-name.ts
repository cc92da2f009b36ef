/** The rules of sAMAccountName, checked before anything is sent: domain controllers answer some of them late, and in ways of their own. */
import { GatewayError } from '#core/errors.ts'
import { phrases } from './phrases.ts'

const forbidden = /["/\\[\]:;|=,+*?<>\p{Cc}]/u

/** Throws `invalid` with the rule that is broken ([MS-SAMR] §3.1.1.6; 20 characters for whoever logs in from old systems). */
export function refuseAccountName(name: string): void {
  const broken =
    name.trim() === '' || /^[. ]+$/.test(name)
      ? 'is empty'
      : name.length > 20
        ? 'has more than 20 characters'
        : forbidden.test(name)
          ? 'holds one of the characters " / \\ [ ] : ; | = , + * ? < >'
          : name.endsWith('.')
            ? 'ends with a dot'
            : null
  if (broken === null) return
  throw new GatewayError('invalid', `the value of sAMAccountName ${broken}`, {
    sent: 'no',
    at: 'sAMAccountName',
    hint: phrases.accountName,
  })
}
