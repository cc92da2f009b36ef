/** The targets: how they are doing, as it happens, and their maintenance, also without JavaScript. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Page } from 'playwright-core'
import { opened, openStage, type Stage } from './browser.ts'
import { known } from './fixture-data.ts'
import { buildTargets } from './fixture-people.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.mounted.api.targets = buildTargets(Date.now())
})

const row = (page: Page, name: string) => page.locator(`tr[data-target="${name}"]`)

test('each target says in words how it is doing, what waits for it and what it bears', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/targets')

  const said = await Promise.all(['annuaire', 'badges', 'erp-paris'].map((name) => row(visit.page, name).innerText()))

  assert.match(
    said[0] ?? '',
    /En service[^]*annuaire[^]*rien en attente[^]*2 en cours[^]*8 étapes à la fois[^]*50 étapes par 1.min/,
  )
  assert.match(
    said[1] ?? '',
    /En maintenance[^]*Migration 12\.4[^]*operatrice[^]*14 étapes en attente[^]*la plus ancienne depuis 29.min/,
  )
  assert.match(said[2] ?? '', /Mise à l’écart[^]*nouvel essai dans[^]*La cible n’a pas répondu/)
})

for (const javaScriptEnabled of [true, false])
  test(`a target is put into maintenance, with a reason, ${javaScriptEnabled ? 'in place' : 'without JavaScript'}`, async () => {
    await using visit = await stage.visit({ javaScriptEnabled })
    const { page } = visit
    if (javaScriptEnabled) await opened(page, '/targets')
    else await page.goto('/targets')

    await row(page, 'annuaire').getByRole('link', { name: 'Mettre en maintenance' }).click()
    await page.getByRole('textbox', { name: 'Raison' }).fill('Nouveau serveur')
    await page.getByRole('button', { name: 'Mettre en maintenance' }).click()
    await page.getByText('annuaire est en maintenance.').waitFor()

    assert.match(await row(page, 'annuaire').innerText(), /En maintenance[^]*Nouveau serveur[^]*admin/)
    assert.equal(stage.mounted.api.targets.find(({ name }) => name === 'annuaire')?.maintenance?.reason, 'Nouveau serveur')
  })

test('a maintenance is ended with a reason; a refusal is told in words, and what was written is kept', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/targets?switch=badges')

  await page.getByRole('textbox', { name: 'Raison' }).fill('bien trop tard')
  await page.getByRole('button', { name: 'Remettre en service' }).click()
  const refused = await page.getByRole('alert').innerText()
  const kept = await page.getByRole('textbox', { name: 'Raison' }).inputValue()
  await page.getByRole('textbox', { name: 'Raison' }).fill('migration finie')
  await page.getByRole('button', { name: 'Remettre en service' }).click()
  await page.getByText('badges est de nouveau en service.').waitFor()

  assert.match(refused, /Rien n’a été fait/)
  assert.equal(kept, 'bien trop tard')
  assert.match(await row(page, 'badges').innerText(), /En service/)
})

test('whoever may not switch a target sees no switch, and is told who may', async () => {
  await using visit = await stage.visit({ as: 'lectrice' })
  await opened(visit.page, '/targets?switch=badges')

  assert.equal(await visit.page.getByRole('link', { name: 'Remettre en service' }).count(), 0)
  assert.equal(await visit.page.getByRole('textbox', { name: 'Raison' }).count(), 0)
  assert.match(await visit.page.locator('main').innerText(), /Seuls les opérateurs/)
})

test('a target that comes back is shown at once, and said aloud', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/targets')
  const { api } = stage.mounted

  api.targets = api.targets.map((target) => (target.name === 'erp-paris' ? { ...target, state: 'ok', until: null } : target))
  api.emit({ type: 'target', name: 'erp-paris', state: 'ok' })
  await row(visit.page, 'erp-paris').getByText('En service').waitFor()

  await visit.page.getByText('erp-paris : En service').waitFor({ state: 'attached' })
})

test('a request that only waits for a target says so, and leads to the targets', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, `/requests/${known.running}`)

  const note = visit.page.getByRole('note')
  assert.match(await note.innerText(), /Attend la cible erp-paris[^]*nouvel essai dans[^]*Rien n’est perdu/)
  await note.getByRole('link', { name: 'Voir les cibles' }).click()
  await visit.page.getByRole('heading', { name: 'Cibles' }).waitFor()
})
