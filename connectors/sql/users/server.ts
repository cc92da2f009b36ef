/** What MariaDB and MySQL must each provide; everything else of users is the same for both and knows only this. */
import type { Account } from '#core/account.ts'
import type { Attributes, Values } from '#core/values.ts'
import type { Part } from '#connectors/kit/all-or-nothing.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import type { Conversation } from '../conversation.ts'
import type { SqlResult, Statement } from '../dialect.ts'
import type { Column } from '../column.ts'
import type { AccountsTarget } from '../accounts/target.ts'
import type { Name } from './name.ts'

export interface UserAccess extends AccountsTarget {
  readonly conversation: Conversation
  readonly server: UserServer
  /** As whom the gateway works, such as `gate@10.0.0.5`. */
  readonly self: string
}

/** What a user is, apart from its name, roles and rights. */
export interface Definition {
  readonly attributes: Attributes
  readonly enabled: boolean
  /** The ways in; undefined leaves them as they are, null lets nobody in. */
  readonly secret: string | null | undefined
}

/** The roles of a user that is made. */
export interface Roles {
  readonly memberships: readonly string[]
  readonly attributes: Attributes
  /** Those that it may put others in. */
  readonly adminOf: Values
}

/** What a change does to roles, and the attributes that say more of them. */
export interface RoleChange {
  readonly add: readonly string[]
  readonly remove: readonly string[]
  /** Attributes that are written. */
  readonly written: Attributes
}

/** One query; the connection test asks too, which has no conversation. */
export type Read = (statement: Statement) => Promise<SqlResult>
export type RunText = (text: string) => Promise<void>

export interface UserServer {
  /** What people call it. */
  readonly title: string
  readonly columns: readonly Column[]
  readonly spelling: Spelling
  /** Characters in a name; the host may have more. */
  readonly nameLength: number
  /** The least and the most that a number may be. */
  range(attribute: string): readonly [number, number]
  /** Whether the server keeps a text as it is. */
  isKept(attribute: string, text: string): boolean
  /** A name without the spaces that the server drops. */
  trimmed(name: string): string
  /** The tables that tell everything of users; whoever reads them all may work with users. */
  readonly tables: readonly string[]

  selectUser(name: Name): Statement
  /** Those of that name, wherever they may come from, or from one host alone; never those who may do everything. */
  selectAccounts(user: string, host: string | null): Statement
  /** The accounts behind that name, in the order of names. */
  selectPage(after: Name, size: number): Statement
  readAccounts(conversation: Conversation, statement: Statement): Promise<readonly Account[]>
  /** Those of these roles that accounts may be put in, as `memberships` names them. */
  rolesAmong(read: Read, roles: readonly string[]): Promise<ReadonlySet<string>>
  /** How many things a user holds that could not be given back: rights on routines, of acting as others, and their like. */
  countOthers(name: Name): Statement

  /** The secret of a password. Throws `invalid` for one that cannot be. */
  toSecret(password: string): Promise<string>
  /** Says whether a password gets in; null where it cannot be told. */
  lets(secret: string, password: string): Promise<boolean | null>

  /** CREATE USER, whole, and what it cannot say. */
  create(name: Name, definition: Definition): readonly string[]
  /** ALTER USER for what is `written` (attributes, and `enabled`), and for the secret, as `definition` has them. */
  alter(name: Name, definition: Definition, written: readonly string[]): readonly string[]
  /** What gives a new user its roles. */
  giveRoles(account: string, roles: Roles): readonly string[]
  changeRoles(run: RunText, current: Account, change: RoleChange): readonly Part[]
  /** Whether an attribute speaks of roles, and is therefore no business of `alter`. */
  isOfRoles(attribute: string): boolean
  /** Ends the sessions of one who may not log in any more. Throws when it may not, or cannot tell which they are. */
  endSessions(access: UserAccess, name: Name): Promise<void>
}
