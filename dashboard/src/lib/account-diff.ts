/** What a step changed in an account, as lines that a person can read: attribute, before, after. Secrets are named, never shown. */
import type { StepDetail } from './api.ts'

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
  const secrets = (step.writes?.secrets ?? []).map((name): DiffLine => ({
    attribute: name,
    kind: 'secret',
    change: before === null ? 'added' : 'changed',
    before: [],
    after: [],
  }))
  const changed = new Set(attributes.map(({ attribute }) => attribute))
  const byName = (one: DiffLine, other: DiffLine) => one.attribute.localeCompare(other.attribute, 'en')
  return {
    lines: [...enabled, ...attributes.sort(byName), ...memberships, ...secrets],
    unchanged: names.filter((name) => !changed.has(name)).length,
  }
}

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
