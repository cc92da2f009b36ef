/** What the images of users of MariaDB and of MySQL have in common. */
import type { Scalar } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { columnOf } from '../accounts/columns.ts'
import type { Column } from '../column.ts'
import { createSpelling } from '../spelling.ts'

/** For attributes of several values that are only read. */
export const maintained = { maintained: true, multivalued: true } as const

/** The attributes of a user, those that one of the servers alone has in their midst. */
export function columnsWith(nameLength: number, own: readonly Column[]): readonly Column[] {
  return [
    columnOf('name', 'text', { nullable: false, unique: true, maxLength: nameLength }),
    columnOf('host', 'text', { hasDefault: true, maxLength: 255 }),
    columnOf('tls', 'text', { allowedValues: ['any', 'x509'] }),
    columnOf('tlsSubject', 'text'),
    columnOf('tlsIssuer', 'text'),
    columnOf('tlsCipher', 'text'),
    columnOf('maxQueriesPerHour', 'integer'),
    columnOf('maxUpdatesPerHour', 'integer'),
    columnOf('maxConnectionsPerHour', 'integer'),
    columnOf('maxUserConnections', 'integer'),
    columnOf('passwordLifetimeDays', 'integer'),
    ...own,
    columnOf('superuser', 'boolean', { maintained: true }),
    columnOf('adminOf', 'text', maintained),
    columnOf('privileges', 'text', maintained),
  ]
}

/** Hosts are kept in small letters. */
export function spellingOf(columns: readonly Column[]): Spelling {
  const spelling = createSpelling({ columns, memberships: null })
  const value: Spelling['value'] = (attribute, given) =>
    attribute === 'host' ? String(given).toLowerCase() : spelling.value(attribute, given)
  return { ...spelling, value, key: (attribute, given) => spelling.key(attribute, value(attribute, given)) }
}

/** Limits of which the server keeps 0 where there is none, so that 0 would be read as nothing. */
export const noneIsZero: ReadonlySet<string> = new Set([
  ...['maxQueriesPerHour', 'maxUpdatesPerHour', 'maxConnectionsPerHour', 'maxUserConnections', 'maxStatementTime'],
  ...['failedLoginAttempts', 'passwordLockDays'],
])

export const unlessZero = (count: number): readonly Scalar[] => (count === 0 ? [] : [count])
export const unlessEmpty = (text: string): readonly Scalar[] => (text === '' ? [] : [text])
