/** What an API can do and what it lacks, by what of it is described. */
import { everyChange, type Capabilities, type Lack } from '#connectors/kit/connector.ts'
import * as v from 'valibot'
import { isReadable } from './config.ts'
import { mentions, type JsonTemplate } from './template.ts'

export const capabilities: Capabilities = {
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
  idempotent: { ...everyChange('readback'), password: 'none' },
  memberships: 'account',
  // Whether an API refuses a second one of the same login, nobody said.
  conditionalWrite: { ...everyChange('looked'), create: 'none' },
  nativeId: 'id',
  concurrency: 5,
  deadlineMs: 30_000,
}

const nothing = everyChange('none')
/** Of an API that shows nothing. */
const unseen = { undo: nothing, idempotent: nothing, conditionalWrite: nothing } as const

/** As much of the settings as is asked for here; they may be unchecked. */
const Described = v.object({
  operations: v.record(v.string(), v.unknown()),
  account: v.optional(v.looseObject({ label: v.optional(v.string()) }), {}),
})
type Described = v.InferOutput<typeof Described>

/** What an API cannot show cannot be undone; what it has no call for cannot either. */
export function capabilitiesOf(config: unknown): Capabilities {
  const described = v.safeParse(Described, config)
  if (!described.success) return { ...capabilities, ...unseen }
  const { operations } = described.output
  const lacks = lacksOf(described.output)
  const home = 'addMembership' in operations ? 'link' : 'account'
  const said = { ...capabilities, memberships: home, ...(lacks.length === 0 ? {} : { lacks }) } as const
  if (!isReadable(operations)) return { ...said, ...unseen }
  const undo = { ...said.undo, ...('delete' in operations ? {} : ({ create: 'none' } as const)) }
  return {
    ...said,
    idempotent: idempotentOf(operations),
    undo: { ...undo, ...('create' in operations ? {} : ({ delete: 'none' } as const)) },
  }
}

const Repeatable = v.looseObject({ method: v.picklist(['PUT', 'DELETE']) })

/** HTTP says it by the method (RFC 9110 §9.2.2): a PUT or a DELETE that arrives twice is one. What a POST or a PATCH did is read, but for a password. */
function idempotentOf(operations: Described['operations']): Capabilities['idempotent'] {
  const { create, update, enable = update, disable = update, delete: remove } = operations
  const { setPassword, addMembership: join = update, removeMembership: leave = update } = operations
  const ofAll = (...calls: readonly unknown[]) => (calls.every((call) => v.is(Repeatable, call)) ? 'native' : 'readback')
  return {
    ...{ create: ofAll(create), update: ofAll(update), disable: ofAll(enable, disable), delete: ofAll(remove) },
    ...{ membership: ofAll(join, leave), password: v.is(Repeatable, setPassword) ? 'native' : 'none' },
  }
}

/** What no call is described for, and what could be written but, in a system that can be read, not be seen. */
export function lacksOf({ operations, account }: Described): readonly Lack[] {
  const isSeen = (place: 'enabled' | 'memberships') => !isReadable(operations) || account[place] !== undefined
  const says = (name: string, word: string) => mentions(operations[name] as JsonTemplate | undefined, word)
  const { label } = account
  const has: Readonly<Record<Lack, boolean>> = {
    rename: 'update' in operations && (label === undefined || speaksOf(operations['update'], label)),
    disable: isSeen('enabled') && ('disable' in operations || says('update', 'enabled')),
    memberships: isSeen('memberships') && ('addMembership' in operations || says('create', 'groups')),
    passwords: 'setPassword' in operations || says('create', 'secret'),
  }
  return (Object.keys(has) as Lack[]).filter((one) => !has[one])
}

/** Whether an operation writes the attribute. */
export function speaksOf(operation: unknown, attribute: string): boolean {
  const text = JSON.stringify(operation ?? {})
  return ['}}', '[]}}'].some((end) => text.includes(JSON.stringify(`{{attributes.${attribute}${end}`).slice(1, -1)))
}
