/**
 * Chance, as a list of numbers. A seed makes the list; a list that is given again makes the same day again, and a shorter or smaller list a
 * quieter one: 0 always stands for what happens when nothing goes wrong. That is all that shrinking needs.
 */
export interface Choices {
  /** A whole number from 0 to `count - 1`; 0 is the least remarkable. */
  pick(count: number): number
  /** Whether something happens that happens with this probability (0 to 1). */
  chance(probability: number): boolean
  /** What was chosen so far. */
  readonly made: readonly number[]
}

/** mulberry32: 32 bits of state, good enough for schedules, and the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

export function seededChoices(seed: number): Choices {
  // Neighbouring seeds must not begin alike.
  const random = mulberry32(Math.imul(seed + 1, 0x9e3779b1))
  const made: number[] = []
  const keep = (choice: number) => {
    made.push(choice)
    return choice
  }
  return {
    made,
    pick: (count) => keep(Math.floor(random() * count)),
    chance: (probability) => probability > 0 && keep(random() < probability ? 1 : 0) === 1,
  }
}

/** The same choices again; where the list ends, nothing remarkable happens any more. */
export function givenChoices(list: readonly number[]): Choices {
  let next = 0
  const made: number[] = []
  const take = (count: number) => {
    const choice = Math.min(list[next++] ?? 0, count - 1)
    made.push(choice)
    return choice
  }
  return {
    made,
    pick: take,
    chance: (probability) => probability > 0 && take(2) === 1,
  }
}

export function oneOf<Item>(choices: Choices, items: readonly Item[]): Item {
  return items[choices.pick(items.length)] as Item
}
