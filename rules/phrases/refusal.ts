/** An error of the rules of which people read one sentence. */
import type { Phrase } from '#core/phrase.ts'

export abstract class Refusal extends Error {
  readonly phrase: Phrase

  constructor(phrase: Phrase) {
    super(phrase.en)
    this.phrase = phrase
  }
}
