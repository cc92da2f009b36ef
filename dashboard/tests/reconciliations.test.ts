/** What targets hold beside what the gateway left there: begun, looked through, acted upon. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { knownFindings, knownReconciliations } from './fixture-reconciliations.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.reconciliations.reset())

test('from the targets one comes to their reconciliations, begins one with a reason, and stops it', async () => {
  await using visit = await stage.visit({ as: 'operatrice' })
  const { page } = visit
  await opened(page, '/targets')
  await page.getByRole('link', { name: 'Rapprochements' }).click()
  await page.getByLabel('Cible', { exact: true }).selectOption('annuaire')
  await page.getByLabel('Raison').fill('revue annuelle')
  await page.getByRole('button', { name: 'Lancer le rapprochement' }).click()
  await page.getByRole('heading', { name: 'Rapprochement de annuaire' }).waitFor()
  await page.locator('summary', { hasText: 'Arrêter' }).click()
  await page.getByLabel('Raison').fill('trop tôt')
  await page.getByRole('button', { name: 'Arrêter' }).click()

  await page.locator('.head').getByText('Arrêté').waitFor()
  assert.deepEqual(visit.faults, [])
})

test('a finding says what was left and what stands there, and is repaired by a request', async () => {
  await using visit = await stage.visit({ language: 'en' })
  const { page } = visit
  await opened(page, `/reconciliations/${knownReconciliations.done}`)
  await page.locator('.counts').getByRole('link', { name: 'Divergent' }).click()
  await page.waitForURL(/kind=divergent/)
  await page.getByRole('link', { name: 'zmuller' }).click()
  const table = await page.getByRole('table', { name: 'Differences' }).innerText()
  await page.locator('#repair-reason').fill('the title was changed by hand')
  await page.getByRole('button', { name: 'Ask for the repair' }).click()
  await page.getByText('The repair was asked for.').waitFor()

  assert.match(table, /title[^]*Comptable[^]*Directrice/)
  assert.deepEqual(visit.faults, [])
})

test('without JavaScript an orphan is adopted by whom it seems to belong to, and another is told why it cannot be', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto(`/reconciliations/findings/${knownFindings.orphan}`)
  await page.getByLabel('Identifiant externe').fill('E-0')
  await page.locator('#adopt-reason').fill('c’est le sien')
  await page.getByRole('button', { name: 'Rattacher le compte' }).click()
  await page.getByText('Aucune identité de cette source ne porte cet identifiant.').waitFor()
  await page.getByLabel('Identifiant externe').fill('E-7')
  await page.getByRole('button', { name: 'Rattacher le compte' }).click()

  await page.getByText('Le compte est rattaché.').waitFor()
})

test('a finding is ignored until a moment; who may only look is told so', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, `/reconciliations/findings/${knownFindings.missing}`)
  await page.locator('#until').fill('2099-01-31T08:00')
  await page.locator('#ignore-reason').fill('parti en mission')
  await page.getByRole('button', { name: 'Ignorer jusque-là' }).click()
  await page.getByText('Ignoré par admin : parti en mission').waitFor()
  await using other = await stage.visit({ as: 'lectrice' })
  await opened(other.page, `/reconciliations/findings/${knownFindings.divergent}`)

  await other.page.getByText('Votre rôle permet de voir les écarts, pas d’agir.').waitFor()
  assert.equal(await other.page.getByRole('button', { name: 'Demander la réparation' }).count(), 0)
})
