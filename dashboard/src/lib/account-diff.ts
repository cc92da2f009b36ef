/** What a step changed in an account, as lines that a person can read: attribute, before, after. Secrets are named, never shown. */
import type { PlannedChange, StepDetail } from './api.ts'

type Value = string | number | boolean

export interface DiffLine {
  /** The target's own spelling, or one of the three lines that are ours. */
  readonly attribute: string
  readonly kind: 'attribute' | 'enabled' | 'memberships' | 'secret'
  readonly change: 'added' | 'changed' | 'removed'
  readonly before: readonly Value[]
  readonly after: readonly Value[]
}

export interface AccountDiff {
  readonly lines: readonly DiffLine[]
  /** How many attributes the step left as they were. */
  readonly unchanged: number
}

type Part = Pick<StepDetail, 'before' | 'after' | 'writes'>

export function accountDiff(step: Part): AccountDiff {
  const { before, after } = step
  const names = [
    ...new Set([...Object.keys(before?.attributes ?? {}), ...Object.keys(after?.attributes ?? {}), ...written(step).keys()]),
  ]
  const attributes = names.flatMap((name) => {
    const write = written(step).get(name)
    const left = before?.attributes[name] ?? (before === null ? [] : (write?.before ?? []))
    const right = after === null ? (write?.after ?? []) : (after.attributes[name] ?? [])
    return line(name, 'attribute', left, right)
  })
  const enabled = line('enabled', 'enabled', before === null ? [] : [before.enabled], after === null ? [] : [after.enabled])
  const memberships = membershipLines(step)
  const secrets = (step.writes?.secrets ?? []).map((name) => secretLine(name, before === null ? 'added' : 'changed'))
  const changed = new Set(attributes.map(({ attribute }) => attribute))
  return {
    lines: [...enabled, ...attributes.sort(byName), ...memberships, ...secrets],
    unchanged: names.filter((name) => !changed.has(name)).length,
  }
}

/** The lines of what a step would do, as far as is known before it is done. */
export function plannedDiff({ writes, outcome }: Pick<PlannedChange, 'writes' | 'outcome'>): readonly DiffLine[] {
  const { enabled, memberships, secrets } = writes
  const attributes = writes.attributes.flatMap(({ attribute, before, after }) => line(attribute, 'attribute', before, after))
  return [
    ...(enabled === null ? [] : line('enabled', 'enabled', outcome === 'create' ? [] : [enabled.before], [enabled.after])),
    ...attributes.toSorted(byName),
    ...line('memberships', 'memberships', memberships.remove, memberships.add),
    ...secrets.map((name) => secretLine(name, outcome === 'create' ? 'added' : 'changed')),
  ]
}

const byName = (one: DiffLine, other: DiffLine) => one.attribute.localeCompare(other.attribute, 'en')

const secretLine = (attribute: string, change: DiffLine['change']): DiffLine => ({
  attribute,
  kind: 'secret',
  change,
  before: [],
  after: [],
})

const written = (step: Part) => new Map((step.writes?.attributes ?? []).map((write) => [write.attribute, write]))

function membershipLines({ before, after, writes }: Part): readonly DiffLine[] {
  if (before !== null && after !== null) return line('memberships', 'memberships', before.memberships, after.memberships)
  if (after !== null) return line('memberships', 'memberships', [], after.memberships)
  if (before !== null) return line('memberships', 'memberships', before.memberships, [])
  return line('memberships', 'memberships', writes?.memberships.remove ?? [], writes?.memberships.add ?? [])
}

function line(attribute: string, kind: DiffLine['kind'], before: readonly Value[], after: readonly Value[]): readonly DiffLine[] {
  const [left, right] = [before.map(String).sort(), after.map(String).sort()]
  if (left.length === right.length && left.every((value, index) => value === right[index])) return []
  return [{ attribute, kind, before, after, change: before.length === 0 ? 'added' : after.length === 0 ? 'removed' : 'changed' }]
}
