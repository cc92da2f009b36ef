/** How columns write and compare values: what the kit must know to see that `007` and `7` are one number. */
import type { Spelling } from '#connectors/kit/connector.ts'
import type { Scalar } from '#core/values.ts'
import type { Column } from './column.ts'
import { canonical } from './written-form.ts'

/** What decides how an account is written: its columns, and the one that names its groups. */
export interface Columns {
  readonly columns: readonly Column[]
  readonly memberships: { readonly group: Column } | null
}

export function createSpelling({ columns, memberships }: Columns): Spelling {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const group = memberships?.group
  return {
    attribute: (name) => name,
    value: (attribute, value) => spelled(byName.get(attribute), value),
    key: (attribute, value) => valueKey(byName.get(attribute), value),
    group: (name) => String(spelled(group, name)),
    groupKey: (name) => valueKey(group, name),
  }
}

/** Values with the same key are one value to the column. Accents always count, even where a collation ignores them. */
export function valueKey(column: Column | undefined, value: Scalar): string {
  const text = String(spelled(column, value))
  return column?.foldsCase === true ? text.normalize('NFKC').toLowerCase().trimEnd() : text
}

function spelled(column: Column | undefined, value: Scalar): Scalar {
  if (column === undefined) return value
  try {
    return canonical(column, value)
  } catch {
    // Not a value of this column at all: writing it is refused with its reason, comparing it only needs an answer.
    return value
  }
}
