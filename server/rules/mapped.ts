/** What the rules in force write in a target, by the target's own names; secrets apart. */
import type { RuleSet } from '#rules/index.ts'

export function mappedAttributes(ruleSets: readonly Pick<RuleSet, 'targets'>[], target: string): readonly string[] {
  const names = ruleSets.flatMap(({ targets }) =>
    Object.entries(targets[target]?.attributes ?? {}).flatMap(([name, { secret }]) => (secret ? [] : [name])),
  )
  return [...new Set(names)].toSorted()
}
