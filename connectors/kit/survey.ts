/**
 * What a target said of itself, on top of what is declared of its kind. It only takes away: a system that claims more than its connector can do is not
 * believed.
 */
import * as v from 'valibot'
import type { Capabilities, Conditional, Idempotent, Narrowing, PerChange, Survey, Undo } from './connector.ts'

/** From the most to the least. */
const undos = ['exact', 'lossy', 'reset', 'none'] as const satisfies readonly Undo[]
const idempotents = ['native', 'readback', 'none'] as const satisfies readonly Idempotent[]
const conditionals = ['native', 'looked', 'none'] as const satisfies readonly Conditional[]

export function withNarrowing(declared: Capabilities, { undo, idempotent, conditionalWrite }: Narrowing): Capabilities {
  return {
    ...declared,
    undo: least(undos, declared.undo, undo),
    idempotent: least(idempotents, declared.idempotent, idempotent),
    conditionalWrite: least(conditionals, declared.conditionalWrite, conditionalWrite),
  }
}

function least<What extends string>(
  order: readonly What[],
  declared: PerChange<What>,
  found: Partial<PerChange<What>> = {},
): PerChange<What> {
  const entries = (Object.entries(declared) as [keyof PerChange<What>, What][]).map(([change, one]) => {
    const other = found[change] ?? one
    return [change, order.indexOf(other) > order.indexOf(one) ? other : one] as const
  })
  return Object.fromEntries(entries) as PerChange<What>
}

const some = <What extends string>(order: readonly What[]) => {
  const one = v.exactOptional(v.picklist(order))
  return v.exactOptional(v.object({ create: one, update: one, disable: one, delete: one, password: one, membership: one }))
}

const Kept: v.GenericSchema<unknown, Survey> = v.object({
  system: v.nullable(v.string()),
  facts: v.array(v.object({ code: v.string(), parameters: v.record(v.string(), v.string()), en: v.string(), fr: v.string() })),
  narrows: v.object({ undo: some(undos), idempotent: some(idempotents), conditionalWrite: some(conditionals) }),
  secretEndsAt: v.nullable(v.string()),
})

/** As it was kept, which another version of the gateway may have done: null for what this one cannot read. */
export function toSurvey(kept: unknown): Survey | null {
  const survey = v.safeParse(Kept, kept)
  return survey.success ? survey.output : null
}
