/** Computed attributes may stand in any order in the document; this finds the order in which they can be computed. */

export interface ComputingOrder {
  readonly order: readonly string[]
  /** Each a ring of names of which every one needs the next, and the last the first. */
  readonly cycles: readonly (readonly string[])[]
}

/** Keeps the written order wherever references allow it. Names in `needs` that are not in `names` do not count. */
export function computingOrder(names: readonly string[], needs: ReadonlyMap<string, readonly string[]>): ComputingOrder {
  const order: string[] = []
  const cycles: string[][] = []
  const done = new Set<string>()
  const known = new Set(names)
  const visit = (name: string, trail: readonly string[]): void => {
    if (done.has(name)) return
    const seenAt = trail.indexOf(name)
    if (seenAt >= 0) {
      cycles.push(trail.slice(seenAt))
      return
    }
    for (const need of needs.get(name) ?? []) if (known.has(need)) visit(need, [...trail, name])
    if (done.has(name)) return
    done.add(name)
    order.push(name)
  }
  for (const name of names) visit(name, [])
  return { order, cycles }
}
