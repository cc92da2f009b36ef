/** The list of requests: it lives, it is filtered, it goes on, and it says when it is no longer true. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { buildRequests, known } from './fixture-data.ts'
import type { FixtureRequest } from './fixture-people.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.mounted.api.requests = buildRequests(Date.now())
  stage.mounted.api.down = false
})

const find = (id: string): FixtureRequest => {
  const found = stage.mounted.api.requests.find(({ detail }) => detail.id === id)
  assert.ok(found)
  return found
}
const changed = ({ detail, events }: FixtureRequest, more: Partial<FixtureRequest['detail']>): FixtureRequest => ({
  events,
  detail: { ...detail, ...more },
})
const newcomer = (name: string) =>
  changed(find(known.running), { id: crypto.randomUUID(), displayName: name, receivedAt: new Date().toISOString() })

test('a row changes where it stands while one watches', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  const row = visit.page.getByRole('row', { name: /Yasmine Haddad/ }).first()
  const place = await row.boundingBox()

  const running = find(known.running)
  stage.mounted.api.put(changed(running, { state: 'succeeded', settledAt: new Date().toISOString() }))

  await row.getByText('Réussie', { exact: true }).waitFor()
  assert.deepEqual(await row.boundingBox(), place)
  await visit.page.locator('p[aria-live]', { hasText: 'Arrivée de Yasmine Haddad' }).waitFor({ state: 'attached' })
})

test('a step moves alone: its target’s mini-state changes', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')

  stage.mounted.api.emit({ type: 'step', requestId: known.running, target: 'badges', state: 'applied' })

  await visit.page
    .getByRole('row', { name: /Yasmine Haddad/ })
    .first()
    .locator('li[data-step="applied"]', { hasText: 'badges' })
    .waitFor()
})

test('new requests are counted and shown when asked for, and move nothing before', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  const first = await visit.page.locator('[data-row]').first().textContent()

  stage.mounted.api.put(newcomer('Gaëlle Ñandú'))
  stage.mounted.api.put(newcomer('Thaïs Morvan'))

  const button = visit.page.getByRole('button', { name: /2 nouveaux flux/ })
  await button.waitFor()
  assert.equal(await visit.page.locator('[data-row]').first().textContent(), first)
  await button.click()
  await visit.page.getByRole('link', { name: 'Arrivée de Thaïs Morvan' }).waitFor()
  assert.equal(await button.count(), 0)
})

for (const shared of [true, false]) {
  test(`two tabs share one stream ${shared ? 'through a SharedWorker' : 'by a lock, where there is no SharedWorker'}`, async () => {
    await using visit = await stage.visit()
    if (!shared) await visit.page.context().addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    const other = await visit.newTab()
    await opened(visit.page, '/requests')
    await opened(other, `/requests/${known.running}`)

    stage.mounted.api.put(changed(find(known.running), { state: 'succeeded', settledAt: new Date().toISOString() }))

    await other.locator('.head').getByText('Réussie', { exact: true }).waitFor()
    await visit.page
      .getByRole('row', { name: /Yasmine Haddad/ })
      .first()
      .getByText('Réussie', { exact: true })
      .waitFor()
    assert.equal(stage.mounted.api.streams, 1)
  })
}

test('a broken line is said with the age of the data, and mended without a word lost', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')

  stage.mounted.api.down = true
  stage.mounted.api.cutStreams()
  await visit.page.getByText(/Direct interrompu, données de/).waitFor()
  stage.mounted.api.requests = stage.mounted.api.requests.map((request) =>
    request.detail.id === known.running
      ? changed(request, { state: 'rolled_back', settledAt: new Date().toISOString() })
      : request,
  )
  stage.mounted.api.down = false

  await visit.page.getByText('En direct').waitFor({ timeout: 12_000 })
  await visit.page
    .getByRole('row', { name: /Yasmine Haddad/ })
    .first()
    .getByText('Retour arrière fait')
    .waitFor()
})

test('a gateway that is down is said as such, with what still goes on and how to go on', async () => {
  await using visit = await stage.visit()
  stage.mounted.api.down = true
  await visit.page.goto('/requests')

  await visit.page.getByRole('heading', { name: 'La passerelle ne répond pas' }).waitFor()
  await visit.page.getByText('Les demandes déjà acceptées continuent').waitFor()
  assert.match((await visit.page.locator('code').textContent()) ?? '', /^[0-9a-f]{8}$/)
})

test('filters live in the address and work without JavaScript', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  await visit.page.goto('/requests')
  await visit.page.getByRole('link', { name: 'Réussis' }).click()
  await visit.page.getByLabel('Source').selectOption('rh-lyon')
  await visit.page.getByRole('button', { name: 'Filtrer' }).click()

  assert.deepEqual(Object.fromEntries([...new URL(visit.page.url()).searchParams].filter(([, value]) => value !== '')), {
    state: 'succeeded',
    source: 'rh-lyon',
  })
  const states = await visit.page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))
  assert.ok(states.length > 0 && states.every((state) => state === 'succeeded'))
})

test('typing in the search narrows the list and keeps the focus where it is', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  await visit.page.keyboard.press('/')
  await visit.page.keyboard.type('fatoumata')

  await visit.page.waitForURL('/requests?q=fatoumata')
  await visit.page.waitForFunction(() =>
    [...document.querySelectorAll('[data-row]')].every((row) => row.textContent?.includes('Fatoumata')),
  )
  assert.equal(await visit.page.evaluate(() => document.activeElement?.id), 'q')
})

test('the list goes on below, with and without JavaScript', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  await visit.page.getByRole('link', { name: 'Afficher la suite' }).click()
  await visit.page.getByText('60 demandes affichées').waitFor()

  await using plain = await stage.visit({ javaScriptEnabled: false })
  await plain.page.goto('/requests')
  await plain.page.getByRole('link', { name: 'Afficher la suite' }).click()
  await plain.page.getByText('10 demandes affichées').waitFor()
})
