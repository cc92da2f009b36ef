/**
 * Makes a bad day short: leaves out choices and makes them smaller for as long as the same promise is broken. Choices are numbers where 0 is
 * unremarkable, so a short list of small numbers is a day on which hardly anything happens but the trouble itself.
 */
import { givenChoices } from './choices.ts'
import { simulateDay, type Day } from './day.ts'

/** Days that may be tried. */
const patience = 4_000

/** The shortest day found that breaks the same promise as `day`, with its schedule. */
export async function shrink(day: Day): Promise<Day> {
  let best = day
  let tried = 0
  async function isStillBad(choices: readonly number[]): Promise<boolean> {
    if (++tried > patience) return false
    const candidate = await simulateDay(givenChoices(choices))
    if (candidate.violation?.promise !== day.violation?.promise) return false
    if (weight(candidate.choices) >= weight(best.choices)) return false
    best = candidate
    return true
  }
  for (let before = -1; before !== weight(best.choices) && tried < patience;) {
    before = weight(best.choices)
    await leaveOut(() => best.choices, isStillBad)
    await makeSmaller(() => best.choices, isStillBad)
  }
  return simulateDay(givenChoices(best.choices), { notes: true })
}

/** Fewer choices weigh less, then smaller ones. */
function weight(choices: readonly number[]): number {
  return choices.reduce((sum, choice) => sum + (choice === 0 ? 1 : 1_000 + Math.min(choice, 900)), 0)
}

type Try = (choices: readonly number[]) => Promise<boolean>

async function leaveOut(current: () => readonly number[], isStillBad: Try): Promise<void> {
  for (let size = 64; size >= 1; size = Math.floor(size / 2))
    for (let start = current().length - size; start >= 0; start -= size) {
      const choices = current()
      await isStillBad([...choices.slice(0, start), ...choices.slice(start + size)])
    }
}

async function makeSmaller(current: () => readonly number[], isStillBad: Try): Promise<void> {
  for (let size = 32; size >= 1; size = Math.floor(size / 2))
    for (let start = 0; start < current().length; start += size) {
      const choices = current()
      const part = choices.slice(start, start + size)
      if (part.every((choice) => choice === 0)) continue
      await isStillBad([...choices.slice(0, start), ...part.map(() => 0), ...choices.slice(start + size)])
    }
  for (let index = 0; index < current().length; index++) {
    const choices = current()
    const choice = choices[index] ?? 0
    for (const smaller of [1, Math.floor(choice / 2)])
      if (smaller < choice && (await isStillBad([...choices.slice(0, index), smaller, ...choices.slice(index + 1)]))) break
  }
}
