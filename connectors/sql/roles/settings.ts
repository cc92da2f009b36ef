/**
 * Settings that a role's sessions begin with, as attributes: `settings.search_path` in every database, `settings.search_path@crm` in
 * the database crm. Some settings are lists of names that PostgreSQL quotes one by one.
 */

/** The settings that are lists of names: the same that pg_dump knows (variable_is_guc_list_quote). */
const lists = new Set(['local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces'])

const prefix = 'settings.'

export interface Setting {
  readonly parameter: string
  /** null: in every database. */
  readonly database: string | null
}

/** The setting that an attribute stands for; null when it stands for none. */
export function settingOf(attribute: string): Setting | null {
  if (!attribute.startsWith(prefix)) return null
  const [parameter = '', ...database] = attribute.slice(prefix.length).split('@')
  return { parameter, database: database.length === 0 ? null : database.join('@') }
}

export function attributeOf({ parameter, database }: Setting): string {
  return `${prefix}${parameter}${database === null ? '' : `@${database}`}`
}

/** The texts that the setting is written with, each to be quoted as a literal of its own. */
export function literalsOf({ parameter }: Setting, value: string): readonly string[] {
  return lists.has(parameter.toLowerCase()) ? namesIn(value) : [value]
}

/** One form for one value, as PostgreSQL would show it, so that `a,"b"` and `a, b` are the same list. */
export function canonicalSetting(attribute: string, value: string): string {
  const setting = settingOf(attribute)
  if (setting === null || !lists.has(setting.parameter.toLowerCase())) return value
  return namesIn(value)
    .map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`))
    .join(', ')
}

/** Names that are not quoted are in lower case to PostgreSQL. */
function namesIn(value: string): readonly string[] {
  return [...value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"]+?))\s*(?:,|$)/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.toLowerCase(),
  )
}
