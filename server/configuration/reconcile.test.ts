import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { ReconcileConfig, toSchedule } from './reconcile.ts'

const read = (config: unknown) => v.safeParse(ReconcileConfig, config)

test('a target is reconciled every so often, or at the moments of a cron expression in a time zone', () => {
  const schedule = (config: unknown) => toSchedule(v.parse(ReconcileConfig, config))

  assert.deepEqual(schedule({ every: '24h' }), { everyMs: 86_400_000 })
  assert.deepEqual(schedule({ every: '7d' }), { everyMs: 604_800_000 })
  assert.deepEqual(schedule({ cron: '30 2 * * 1-5', timeZone: 'Europe/Paris' }), {
    cron: '30 2 * * 1-5',
    timeZone: 'Europe/Paris',
  })
  assert.deepEqual(schedule({ cron: '0 3 * * *' }), { cron: '0 3 * * *', timeZone: 'UTC' })
  assert.equal(toSchedule(undefined), null)
})

test('what names no time is refused', () => {
  const wrong = [
    { every: '0h' },
    { every: '24' },
    { every: '900d' },
    { cron: '99 * * * *' },
    { cron: '* * * * * *' },
    { cron: '0 3 * * *', timeZone: 'Mars/Base' },
    { every: '1h', cron: '0 3 * * *' },
    {},
  ]

  for (const config of wrong) assert.equal(read(config).success, false, JSON.stringify(config))
})
