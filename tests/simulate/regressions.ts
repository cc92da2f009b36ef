/**
 * Days on which a promise was broken once, at their shortest: lists of choices, as `npm run simulate` prints them. Each shows what one guard is
 * for: with the guard all promises are kept, and without it one is broken.
 */
export interface Regression {
  /** The guard that was missing, in the words of `mutations.ts`. */
  readonly guard: string
  readonly choices: readonly number[]
}

/** Choices as a text; `0*12` stands for twelve zeros. */
function day(text: string): readonly number[] {
  return text.split(' ').flatMap((word) => {
    const [choice = 0, times = 1] = word.split('*').map(Number)
    return new Array<number>(times).fill(choice)
  })
}

export const regressions: readonly Regression[] = [
  {
    guard: 'a claim needs the fence that was read',
    choices: day(
      '1 0*5 1 0*10 1 0*5 1 0*4 1 2 0*10 1 1 0*4 1 0*10 1 3 0*14 5 4 4 0*7 4 0 5 0 3 1 0*2 1 4 0*2 3 0 5 0*3 5 0 1 0 1 2 0*2 1 0*6 1 0*15 1',
    ),
  },
  {
    guard: 'a claim needs a step and a request that are open to it',
    choices: day(
      '0*6 1 0*5 1 4 0*2 3 1 0*6 1 0 1 0*8 1 0*2 1 0 1 0*9 1 1 0*7 1 0*6 1 1 0*3 1 1 0*3 1 0*2 1 0*2 1 1 0*2 1 1 0*3 1 1 0*4 1',
    ),
  },
  {
    guard: 'before "not applied" counts, the target has had the time to go on with a lost call',
    choices: day('2 0 2 0*5 1 0*27 1 1 0*4 1 0 1 0*4 1 0*11 1 1 0*10 5 0 2 0*13 1 4'),
  },
  {
    guard: 'a look that failed leaves unknown what is unknown',
    choices: day('1 0*17 1 0*7 2 4 0*5 1 0*2 1 0*4 1 0*2 1 0*4 1 0*5 1 43 3 0*2 1 0*22 1'),
  },
  {
    guard: 'an undo finds nothing to do only when a lost call can no longer take effect',
    choices: day('2 0*21 2 0*5 1 0*7 1 3 0*4 1 0 4 0*18 1 0*15 3 1 0*3 3 0*5 5 5 0*5 3 0 4 5 0*3 1 5'),
  },
  {
    guard: 'a lost undo is waited for before the request ends',
    choices: day(
      '1 0*7 1 0*3 1 2 0*3 1 0*2 1 0*5 3 1 3 0*3 1 0 3 0*16 1 0*5 1 0*3 1 0*5 3 0*6 5 0*5 1 0*7 5 0*18 1 0*6 1 0*42 1 6',
    ),
  },
  { guard: 'what somebody else changed is not undone', choices: day('2 0*48 1 1 1 0*9 1 0 1') },
  { guard: 'an account that was only adopted is not removed', choices: day('2 0*31 4 0 3') },
  { guard: 'a request waits behind the one that has its identity', choices: day('0*14 1') },
  { guard: 'a plan that was made on an old revision is refused', choices: day('1 0*24 1') },
  { guard: 'what needs people keeps its identity', choices: day('0*3 1 0*2 1 0*9 4 0*3 1 0*4 1 0*6 1 5 0*9 1 69 0 4 27 0*33 1') },
  { guard: 'a request that has ended is not decided again', choices: day('0*13 1 0*4 1 0 1 0*30 1') },
  {
    guard: 'what is stuck is not rolled back',
    choices: day('2 0*16 1 0*17 4 0 1 0*3 1 0*11 1 0 1 0*6 1 0 1 0*3 3 0*3 1 0*5 2 0*4 1'),
  },
  { guard: 'what cannot be undone is done when everything else is', choices: day('1 0*14 1') },
  {
    guard: 'a step that was settled is no poison any more',
    choices: day('0*6 1 0*2 1 0*2 1 0 1 0*4 4 0*2 1 0 1 0*4 1 0*6 1 5 1 0*8 1 69 0 4 27 0*10 1 0*3 3 0*18 1 0*19 1 0*13 1'),
  },
  { guard: 'an accepted request has a wake-up', choices: day('0') },
  { guard: 'the reconciler rings again', choices: day('0*18 1 0*16 1') },
  { guard: 'a request that was planned on what came to nothing is planned again', choices: day('2 0*33 4 0 1') },
  { guard: 'an undo is not claimed before its time', choices: day('1 0*41 1 1 0*2 1 0 1 2 2 1 0*6 1 0*70 1 15 0*4 1') },
  {
    guard: 'a worker that overslept its lease writes nothing',
    choices: day(
      '2 0*52 1 1 1 1 0 1 0*2 4 0 2 0*2 1 0*9 4 0*3 5 0 5 0*4 1 0*16 1 8 0*6 1 5 0*5 5 0*2 2 0 5 0*6 1 0*3 5 0*2 5 0*2 5 0*11 5 0 5 0 5 0*15 5 0*4 1 0*12 1 2 1 0*4 1 0*4 1 1 1 0 1 0*3 1 1 0 1 0*3 1 1 1 0*4 1 0*2 1 1 0*7 1 0*2 1 1 0*3 1 0*3 1 0*4 1 0 1 1 0*5 1 0 1 0*9 1 0*13 1 0 1 0 1 1 0*3 1 1 0 1 0*2 1 0 1 1 0 1 0 3 0*3 1 0*10 1 1 1 0*2 1 0 1 1 0*25 1 1 0*4 1 0*2 1 1 1 0 1 0*4 1 1 0*4 1 0*7 1 0*11 1 1',
    ),
  },
  {
    guard: 'the undo of a worker that died is waited for before the request ends',
    choices: day('2 0*35 2 0*22 1 1 0*2 1 0*4 5 0*2 4 0*16 1 0*23 1 0*3 1 0*43 1 17 1'),
  },
]
