/** Finding and listing the users of a project, disabled ones included. Each is read whole by one call. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { missingFrom } from '#connectors/kit/spelling.ts'
import type { BaseAuth, UserRecord } from 'firebase-admin/auth'
import { spelling, toAccount } from './mapping.ts'
import { phrases } from './phrases.ts'
import type { Project } from './project.ts'

export async function findAccount(project: Project, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  if (nativeId !== null) {
    const user = await userById(project, nativeId)
    return user === null ? null : toAccount(user, project.config)
  }
  const wanted = correlationOf({ correlate })
  const user = await maybe(project, 'searching the user', searchOf(wanted))
  if (user === null) return null
  const account = toAccount(user, project.config)
  const isMatch = wanted.every(
    ([name, values]) => missingFrom(spelling, name, values, account.attributes[name] ?? []).length === 0,
  )
  return isMatch ? account : null
}

export function userById(project: Project, uid: string): Promise<UserRecord | null> {
  return maybe(project, 'reading the user', (auth) => auth.getUser(uid))
}

type Search = (auth: BaseAuth) => Promise<UserRecord>

async function maybe({ call }: Pick<Project, 'call'>, doing: string, search: Search): Promise<UserRecord | null> {
  try {
    return await call({ doing, effect: 'read' }, search)
  } catch (error) {
    if (isGatewayError(error) && error.code === 'not_found') return null
    throw error
  }
}

/** Firebase finds one user by what is unique, and searches nothing else. */
function searchOf(wanted: ReturnType<typeof correlationOf>): Search {
  const first = (name: string) => wanted.find(([attribute]) => attribute === name)?.[1][0]
  const [uid, email, phoneNumber] = [first('uid'), first('email'), first('phoneNumber')]
  if (uid !== undefined) return (auth) => auth.getUser(String(uid))
  if (email !== undefined) return (auth) => auth.getUserByEmail(String(email))
  if (phoneNumber !== undefined) return (auth) => auth.getUserByPhoneNumber(String(phoneNumber))
  throw new GatewayError('config', 'Firebase finds users by uid, email or phoneNumber only', {
    sent: 'no',
    hint: phrases.correlate,
  })
}

/** Firebase's own limit. */
const largestPage = 1_000

export async function* listAccounts({ call, config }: Project, pageSize: number): AsyncIterable<readonly Account[]> {
  let next: string | undefined
  do {
    const token = next
    const { users, pageToken } = await call({ doing: 'listing the users', effect: 'read' }, (auth) =>
      auth.listUsers(Math.min(pageSize, largestPage), token),
    )
    if (users.length > 0) yield users.map((user) => toAccount(user, config))
    next = pageToken
  } while (next !== undefined)
}
