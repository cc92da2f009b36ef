/** A role of PostgreSQL as an account: what is read of it, and what each of its attributes is. */
import type { Account } from '#core/account.ts'
import type { Scalar, Values } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import type { AccountsTarget } from '../accounts/target.ts'
import type { Conversation } from '../conversation.ts'
import type { SqlResult, Statement } from '../dialect.ts'
import type { Column } from '../column.ts'
import { arrayElements, toValues, type Raw } from '../mapping.ts'
import { createSpelling } from '../spelling.ts'
import { columnOf } from '../accounts/columns.ts'
import { attributeOf, canonicalSetting, settingOf } from './settings.ts'

/** What the service account may do and is; read once per pool. */
export interface Rights {
  readonly user: string
  /** Only a superuser reads verifiers, and may lock the row of a role. */
  readonly readsPasswords: boolean
}

export interface RoleAccess extends AccountsTarget {
  readonly conversation: Conversation
  readonly rights: Rights
}

/** Bytes in a name; PostgreSQL silently cuts what is longer, so that two people would become one. */
export const nameBytes = 63

/** In the order of the statement that reads them, with the expression that each is found by. */
const read: readonly (readonly [Column, string])[] = [
  [columnOf('name', 'text', { nullable: false, unique: true, maxLength: nameBytes }), 'r.rolname'],
  [columnOf('comment', 'text'), `shobj_description(r.oid, 'pg_authid')`],
  [columnOf('validUntil', 'timestamptz'), `nullif(r.rolvaliduntil, 'infinity')`],
  [columnOf('connectionLimit', 'integer'), 'nullif(r.rolconnlimit, -1)'],
  [columnOf('inherit', 'boolean', { hasDefault: true }), 'r.rolinherit'],
  [columnOf('createDatabase', 'boolean', { hasDefault: true }), 'r.rolcreatedb'],
  [columnOf('createRole', 'boolean', { hasDefault: true }), 'r.rolcreaterole'],
  [columnOf('replication', 'boolean', { hasDefault: true }), 'r.rolreplication'],
  [columnOf('bypassRowSecurity', 'boolean', { hasDefault: true }), 'r.rolbypassrls'],
  [columnOf('superuser', 'boolean', { maintained: true }), 'r.rolsuper'],
  [
    columnOf('adminOf', 'text', { maintained: true, multivalued: true }),
    `ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
            WHERE m.member = r.oid AND m.admin_option ORDER BY g.rolname)`,
  ],
]

export const columns: readonly Column[] = read.map(([column]) => column)

/** Attributes by which roles can be found. */
export const searchable: Readonly<Record<string, string>> = {
  name: 'r.rolname::text',
  comment: `shobj_description(r.oid, 'pg_authid')`,
}

/** Each role with its groups and its settings, of every database and of one. */
function selectList({ rights }: Pick<RoleAccess, 'rights'>): string {
  const attributes = read.map(([, expression]) => `(${expression})::text`)
  return `SELECT r.oid::text, r.rolcanlogin::text, ${attributes.join(', ')},
  ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY g.rolname)::text,
  ARRAY(SELECT json_build_array(d.datname, setting)::text FROM pg_db_role_setting s
          LEFT JOIN pg_database d ON d.oid = s.setdatabase CROSS JOIN unnest(s.setconfig) AS setting
         WHERE s.setrole = r.oid ORDER BY 1)::text,
  ${rights.readsPasswords ? 'r.rolpassword' : 'NULL'}
  FROM ${rights.readsPasswords ? 'pg_authid' : 'pg_roles'} r`
}

export function selectRole(access: Pick<RoleAccess, 'rights'>, oid: string): Statement {
  return { text: `${selectList(access)} WHERE r.oid = $1`, values: [oid] }
}

export function selectRoleByName(access: Pick<RoleAccess, 'rights'>, name: string): Statement {
  return { text: `${selectList(access)} WHERE r.rolname = $1::name AND r.rolname::text = $1`, values: [name] }
}

/** Those that match every condition, and are accounts. */
export function selectAccounts(
  access: Pick<RoleAccess, 'rights' | 'config'>,
  correlate: readonly (readonly [attribute: string, value: Scalar])[],
): Statement {
  const conditions = correlate.map(([attribute], index) => `${searchable[attribute] ?? 'NULL'} = $${index + 2}`)
  return {
    text: `${selectList(access)} WHERE ${isAccount} AND ${conditions.join(' AND ')} LIMIT 2`,
    values: [access.config.accounts.groups ?? [], ...correlate.map(([, value]) => String(value))],
  }
}

/** The next page after an oid; the first after 0. */
export function selectPage(access: Pick<RoleAccess, 'rights' | 'config'>, after: string, size: number): Statement {
  return {
    text: `${selectList(access)} WHERE ${isAccount} AND r.oid > $2 ORDER BY r.oid LIMIT ${size}`,
    values: [access.config.accounts.groups ?? [], after],
  }
}

/**
 * To PostgreSQL users and groups are one thing. A role that may not log in and has members is a group, and so is one that the target names so;
 * who made a role is a member of it by that (version 16).
 */
const isAccount = `r.rolname <> ALL ($1::text[]) AND NOT r.rolsuper AND left(r.rolname::text, 3) <> 'pg_'
 AND (r.rolcanlogin OR NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
                                    WHERE m.roleid = r.oid AND u.rolname <> current_user))`

export function toAccounts({ config, rights }: Pick<RoleAccess, 'config' | 'rights'>, { rows }: SqlResult): readonly Account[] {
  return rows.map((row) => {
    const [oid = null, canLogin = null, ...rest] = row
    const own = columns.map((column, index) => [column.name, toValues(column, rest[index] ?? null)] as const)
    const [groups = null, settings = null, verifier = null] = rest.slice(columns.length)
    const attributes = Object.fromEntries([...own, ...settingValues(settings)].filter(([, values]) => values.length > 0))
    const secrets = verifier === null ? {} : { [config.accounts.passwordAttribute]: String(verifier) }
    return {
      nativeId: String(oid),
      label: String(attributes['name']?.[0] ?? ''),
      enabled: canLogin === 'true',
      attributes,
      memberships: groups === null ? [] : arrayElements(String(groups)),
      ...(rights.readsPasswords ? { secrets } : {}),
    }
  })
}

/** Each is a database (null: all) and `parameter=value`. */
function settingValues(raw: Raw): (readonly [string, Values])[] {
  return (raw === null ? [] : arrayElements(String(raw))).map((text) => {
    const [database, setting] = JSON.parse(text) as [string | null, string]
    const equals = setting.indexOf('=')
    const attribute = attributeOf({ parameter: setting.slice(0, equals), database })
    return [attribute, [canonicalSetting(attribute, setting.slice(equals + 1))]]
  })
}

const plain = createSpelling({ columns, memberships: null })

/** Beside columns, roles have settings, of which some are lists of names. */
export const spelling: Spelling = {
  ...plain,
  value: (attribute, value) =>
    settingOf(attribute) === null ? plain.value(attribute, value) : canonicalSetting(attribute, String(value)),
  key: (attribute, value) => canonicalSetting(attribute, plain.key(attribute, value)),
}
