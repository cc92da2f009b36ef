/** How users of MariaDB and MySQL are named: by the host they come from too, and in several ways of writing. */
import mysql from 'mysql2/promise'

/** A user's name and host. */
export interface Name {
  readonly user: string
  readonly host: string
}

export const nativeIdOf = ({ user, host }: Name) => `${user}@${host}`

/** A host holds no `@`, a name may. */
export function nameOf(nativeId: string): Name {
  const at = nativeId.lastIndexOf('@')
  return at < 0 ? { user: nativeId, host: '' } : { user: nativeId.slice(0, at), host: nativeId.slice(at + 1) }
}

/** As information_schema writes it. */
export const granteeOf = ({ user, host }: Name) => `'${user}'@'${host}'`

/** As it stands in a statement. */
export const accountText = ({ user, host }: Name) => `${mysql.escape(user)}@${mysql.escape(host)}`

export const roleText = (role: string) => `\`${role.replaceAll('`', '``')}\``

/** Both servers keep names in three bytes a character: others would become question marks, or vanish. */
export const isKept = (text: string) => text.isWellFormed() && !/[\u{10000}-\u{10FFFF}]/u.test(text)
