/**
 * The statements that change roles. They take no parameters, so the server itself puts names and values into their texts, by
 * format() with %I and %L; everything else in them is a word of ours.
 */
import type { Values } from '#core/values.ts'
import { refused } from '../accounts/refusal.ts'
import type { Run } from '../conversation.ts'
import type { Column } from '../column.ts'
import { toParameter, type Parameter } from '../mapping.ts'
import { phrases } from '../phrases.ts'
import { columns, nameBytes, type RoleAccess } from './role.ts'
import { literalsOf, settingOf } from './settings.ts'

/** A statement with %I for names and %L for values; a value that is null becomes NULL. */
export interface Template {
  readonly text: string
  readonly values: readonly (string | null)[]
}

export const template = (text: string, ...values: readonly (string | null)[]): Template => ({ text, values })

/** Runs the statements one after the other; two round trips more than none. */
export async function runAll(run: Run, templates: readonly Template[]): Promise<void> {
  const texts = await fillIn(run, templates)
  for (const text of texts) await run({ text, values: [] })
}

/** The statements as the server writes them out. */
async function fillIn(run: Run, templates: readonly Template[]): Promise<readonly string[]> {
  if (templates.length === 0) return []
  const values: Parameter[] = []
  const bind = (value: string | null) => `$${values.push(value)}::text`
  const calls = templates.map((one) => `format(${[one.text, ...one.values].map(bind).join(', ')})`)
  const { rows } = await run({ text: `SELECT ${calls.join(', ')}`, values })
  return (rows[0] ?? []).map(String)
}

const words: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  inherit: ['INHERIT', 'NOINHERIT'],
  createDatabase: ['CREATEDB', 'NOCREATEDB'],
  createRole: ['CREATEROLE', 'NOCREATEROLE'],
  replication: ['REPLICATION', 'NOREPLICATION'],
  bypassRowSecurity: ['BYPASSRLS', 'NOBYPASSRLS'],
}

/** What CREATE ROLE gives when nothing is said. */
const standard = (name: string) => name === 'inherit'

/** The options of CREATE and ALTER ROLE that these attributes mean; null where an attribute is no option. */
export function optionOf(name: string, column: Column, values: Values): Template | null {
  const word = words[name]
  if (word !== undefined) {
    const parameter = toParameter(column, values)
    const yes = parameter === null ? standard(name) : parameter === '1' || parameter === 1 || parameter === 'true'
    return template(yes ? word[0] : word[1])
  }
  switch (name) {
    case 'validUntil':
      return template('VALID UNTIL %L', String(toParameter(column, values) ?? 'infinity'))
    case 'connectionLimit':
      return template(`CONNECTION LIMIT ${Number(toParameter(column, values) ?? -1)}`)
    default:
      return null
  }
}

/** `ALTER ROLE name WITH …` or `CREATE ROLE name WITH …`; nothing when there are no options. */
export function withOptions(verb: 'CREATE' | 'ALTER', role: string, options: readonly Template[]): readonly Template[] {
  if (options.length === 0) return verb === 'ALTER' ? [] : [template('CREATE ROLE %I', role)]
  const text = options.map((option) => option.text).join(' ')
  return [template(`${verb} ROLE %I WITH ${text}`, role, ...options.flatMap((option) => option.values))]
}

/** What is written apart from the options: the comment and the settings. */
export function apart(role: string, attribute: string, values: Values): readonly Template[] {
  const text = values[0] === undefined ? null : String(values[0])
  if (attribute === 'comment') return [template('COMMENT ON ROLE %I IS %L', role, text)]
  const setting = settingOf(attribute)
  if (setting === null) return []
  const { parameter, database } = setting
  const where = database === null ? template('ALTER ROLE %I', role) : template('ALTER ROLE %I IN DATABASE %I', role, database)
  if (text === null) return [template(`${where.text} RESET %I`, ...where.values, parameter)]
  const literals = literalsOf(setting, text)
  const list = literals.length === 0 ? ["''"] : literals.map(() => '%L')
  return [template(`${where.text} SET %I TO ${list.join(', ')}`, ...where.values, parameter, ...literals)]
}

/** The column of an attribute that rules may write. Throws `config`, or `invalid` for what nobody writes. */
export function writableColumn({ target, config }: RoleAccess, attribute: string): Column | null {
  const column = columns.find(({ name }) => name === attribute)
  if (column?.maintained === true)
    throw refused('invalid', target, `${attribute} of a role is only read`, phrases.leaveOut, attribute)
  if (column !== undefined) return column
  const setting = settingOf(attribute)
  if (setting !== null && config.accounts.settings.includes(setting.parameter)) return null
  const hint = setting === null ? phrases.schema : phrases.addSetting
  throw refused('config', target, `${attribute} is nothing that rules may write of a role`, hint, attribute)
}

/** A name that PostgreSQL keeps as it is. Throws `invalid`. */
export function checkedName(target: string, values: Values): string {
  const [name, ...others] = values
  if (name === undefined || others.length > 0 || name === '')
    throw refused('invalid', target, 'a role needs exactly one name', undefined, 'name')
  const text = String(name)
  if (Buffer.byteLength(text) <= nameBytes && text.isWellFormed()) return text
  throw refused('invalid', target, `the name of a role has at most ${nameBytes} bytes in UTF-8`, phrases.shorten, 'name')
}
