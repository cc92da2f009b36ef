/** The counts of a simulation, kept while it runs: in all, and by kind, target and attribute. */
import type { RequestKind } from '#core/plan.ts'
import type { SimulationCounts, SimulationResult, SimulationTally } from '#core/simulations/simulation.ts'

export const emptyTally: SimulationTally = { counts: noCounts(), byKind: [], byTarget: [], byAttribute: [] }

type Counts = { -readonly [Name in keyof SimulationCounts]: SimulationCounts[Name] }

function noCounts(): Counts {
  return { same: 0, changed: 0, failing: 0, created: 0, disabled: 0, deleted: 0 }
}

/** The tally with these results in it. `targets`: what each of them was about, in the order of the results. */
export function addToTally(
  tally: SimulationTally,
  results: readonly SimulationResult[],
  targets: readonly (readonly string[])[],
): SimulationTally {
  const counts: Counts = { ...tally.counts }
  const kinds = new Map<RequestKind, Counts>(tally.byKind.map(({ kind, ...own }) => [kind, { ...own }]))
  const byTarget = new Map<string, Counts>(tally.byTarget.map(({ target, ...own }) => [target, { ...own }]))
  const attributes = new Map(tally.byAttribute.map((entry) => [`${entry.target ?? ''} ${entry.attribute}`, { ...entry }]))
  for (const [index, result] of results.entries()) {
    for (const own of [counts, take(kinds, result.kind)]) addResult(own, result)
    for (const target of targets[index] ?? []) addOfTarget(take(byTarget, target), target, result)
    for (const { target, attribute } of result.changes) {
      if (attribute === null) continue
      const key = `${target ?? ''} ${attribute}`
      const known = attributes.get(key) ?? { target, attribute, changed: 0 }
      attributes.set(key, { ...known, changed: known.changed + 1 })
    }
  }
  return {
    counts,
    byKind: [...kinds].map(([kind, own]) => ({ kind, ...own })),
    byTarget: [...byTarget]
      .map(([target, own]) => ({ target, ...own }))
      .toSorted((left, right) => (left.target < right.target ? -1 : 1)),
    // What changes most is what people look at first.
    byAttribute: [...attributes.values()].toSorted((left, right) => right.changed - left.changed),
  }
}

function take<Key>(counts: Map<Key, Counts>, key: Key): Counts {
  const known = counts.get(key) ?? noCounts()
  counts.set(key, known)
  return known
}

function addResult(counts: Counts, { outcome, changes }: Pick<SimulationResult, 'outcome' | 'changes'>): void {
  counts[outcome]++
  for (const { attribute, before, after } of changes) {
    if (attribute !== null || before === after) continue
    if (after === 'create') counts.created++
    else if (after === 'disable') counts.disabled++
    else if (after === 'delete') counts.deleted++
  }
}

/** What changes elsewhere is the same here; what fails fails where its rule stands, or everywhere. */
function addOfTarget(counts: Counts, target: string, { outcome, problem, changes }: SimulationResult): void {
  const own = changes.filter((change) => change.target === target)
  const fails = outcome === 'failing' && (problem?.target === undefined || problem.target === target)
  addResult(counts, { outcome: fails ? 'failing' : own.length > 0 ? 'changed' : 'same', changes: own })
}
