/** Trying a version on what really came: started, watched, looked through, stopped. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { known } from './fixture-data.ts'
import { knownSimulations } from './fixture-simulations.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.simulations.reset())

test('a simulation is started, shows how far it is, and what it found when it is done', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await opened(page, '/rules/collaborateurs/simulations')
  await page.getByLabel('Combien').fill('5000')
  await page.getByRole('button', { name: 'Lancer la simulation' }).click()
  await page.getByRole('progressbar').waitFor()
  await page.locator('.head').getByText('Terminée').waitFor()

  assert.match(await page.locator('[data-outcome="changed"] dd').innerText(), /^37$/)
  assert.match(await page.locator('main').innerText(), /les 5[\s\u202f]000 dernières demandes/)
  assert.deepEqual(visit.faults, [])
})

test('without JavaScript a simulation of everybody is started, and stopped', async () => {
  await using visit = await stage.visit({ as: 'redactrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/rules/collaborateurs/simulations')
  await page.getByLabel('tout le monde, tel qu’il est').check()
  await page.getByLabel('Source').selectOption('rh-lyon')
  await page.getByRole('button', { name: 'Lancer la simulation' }).click()
  await page.getByText('tout le monde de rh-lyon').waitFor()
  await page.getByRole('button', { name: 'Arrêter' }).click()

  await page.locator('.head').getByText('Arrêtée').waitFor()
})

test('from a number one comes to its cases, each with what would change; and to files', async () => {
  await using visit = await stage.visit({ language: 'en' })
  const { page } = visit
  await opened(page, `/simulations/${knownSimulations.done}`)
  await page.getByRole('table', { name: 'By target' }).getByRole('link', { name: 'badges' }).click()
  await page.waitForURL(/target=badges/)
  const change = await page.locator('tr[data-outcome="changed"]').first().innerText()
  await page.getByRole('link', { name: 'Would fail' }).first().click()
  await page.waitForURL(/outcome=failing/)
  const files = await page.getByRole('link', { name: 'CSV' }).getAttribute('href')

  assert.match(change, /badges[^]*Change the account[^]*→[^]*Disable the account/)
  assert.equal(files, `/api/v1/simulations/${knownSimulations.done}/export?format=csv`)
})

test('a result of the past says what changed since', async () => {
  await using visit = await stage.visit()
  await visit.page.goto(`/simulations/${knownSimulations.stale}`)

  await visit.page.getByText('Ce résultat date : la version essayée et une table de correspondance ont changé depuis.').waitFor()
})

test('each planned value leads to where it comes from: expression, what it read, the branch, the candidates', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, `/requests/${known.rolledBack}`)
  await page.getByRole('region', { name: 'Identité calculée' }).getByRole('link', { name: 'D’où vient login ?' }).click()
  await page.getByRole('heading', { name: 'D’où viennent les valeurs : Arrivée de Zoé Müller' }).waitFor()
  const login = page.locator('details[open]').first()
  const said = await login.innerText()
  await page.goto(`/requests/${known.rolledBack}/explain?path=identity.courriel`)
  const mail = await page.locator('details[open]').innerText()

  assert.match(said, /\$unique\(\$login[^]*givenName[^]*ZOÉ[^]*Candidats essayés[^]*déjà pris[^]*libre : retenu/)
  assert.match(mail, /emailAddress[^]*aucune valeur[^]*condition fausse/)
  assert.deepEqual(visit.faults, [])
})
