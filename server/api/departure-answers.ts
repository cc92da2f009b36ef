/** The answers about departures as schemas; `answers.ts` says why. */
import * as v from 'valibot'
import { departureStates } from '#core/departure.ts'
import { id, pageOf, time } from './answer-parts.ts'
import { Problem } from './answers.ts'

export const Departure = v.pipe(
  v.object({
    id,
    source: v.string(),
    externalId: v.string(),
    displayName: v.nullable(v.string()),
    target: v.string(),
    label: v.pipe(v.nullable(v.string()), v.description('What a person would call the account.')),
    state: v.pipe(
      v.picklist(departureStates),
      v.description(
        'waiting: for its day; filed: its deletion was asked for; kept: people want it to stay; returned: so did the person.',
      ),
    ),
    disabledAt: time,
    deleteAt: v.pipe(time, v.description('When its grace is over.')),
    disabledBy: v.pipe(id, v.description('The request that disabled it.')),
    deletion: v.pipe(v.nullable(id), v.description('The request that deletes it; null before its day.')),
    isForgotten: v.pipe(
      v.boolean(),
      v.description('The source deleted the identity: nothing is kept of it when its last account is gone.'),
    ),
    problem: v.pipe(v.nullable(Problem), v.description('Why it was not deleted when its day had come.')),
    changed: v.pipe(
      v.nullable(v.object({ by: v.string(), reason: v.nullable(v.string()), at: time })),
      v.description('Who named another day, or had the account stay, and why.'),
    ),
    mayChange: v.pipe(v.boolean(), v.description('Whether the caller may do so now.')),
  }),
  v.description('An account that is disabled, and what will become of it.'),
)

export const DeparturePage = pageOf(Departure, 'One page of departures, the newest first.')
