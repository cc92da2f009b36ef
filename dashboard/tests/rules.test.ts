/** Rule sets: what is in force, what is being prepared, and what becomes of it; every change also without JavaScript. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Page } from 'playwright-core'
import { opened, openStage, type Stage } from './browser.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.rules.reset())

const row = (page: Page, name: string) => page.locator(`tr[data-rules="${name}"]`)
const versionOf = (name: string, number: number) =>
  stage.mounted.api.rules.versions(name).find(({ version }) => version === number)

test('the list says of each rule set what is in force, who prepares what, and how its tests are', async () => {
  await using visit = await stage.visit()
  await visit.page.goto('/rules')

  const said = await Promise.all(['collaborateurs', 'externes', 'stagiaires'].map((name) => row(visit.page, name).innerText()))

  assert.match(
    said[0] ?? '',
    /version 14[^]*par admin[^]*version 15[^]*Brouillon[^]*par redactrice[^]*1 en échec sur 4[^]*midpoint/,
  )
  assert.match(said[1] ?? '', /version 3[^]*version 4[^]*En relecture[^]*1 essai réussi/)
  assert.match(said[2] ?? '', /jamais publié[^]*version 1[^]*1 problème/)
})

test('without JavaScript a rule set is made and leads to its editor; a wrong name is refused in words', async () => {
  await using visit = await stage.visit({ as: 'redactrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/rules?create')
  await page.getByLabel('Nom').evaluate((field) => field.removeAttribute('pattern'))
  await page.getByLabel('Nom').fill('Sous Traitants')
  await page.getByRole('button', { name: 'Créer et rédiger' }).click()
  const refused = await page.getByRole('alert').innerText()
  await page.getByLabel('Nom').fill('sous-traitants')
  await page.getByRole('button', { name: 'Créer et rédiger' }).click()
  await page.getByRole('heading', { name: 'Rédiger sous-traitants' }).waitFor()

  assert.match(refused, /lettres minuscules/)
  assert.match(versionOf('sous-traitants', 1)?.text ?? '', /^name: sous-traitants\n[^]*targets:\n {2}annuaire:/)
})

test('whoever may not override sees that red tests stand in the way, and no button', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  await visit.page.goto('/rules/collaborateurs')

  await visit.page.getByText('Des essais échouent : corrigez les règles ou les essais avant de publier.').waitFor()

  assert.equal(await visit.page.locator('[data-verb="publish"]').count(), 0)
})

test('without JavaScript red tests are overridden with a reason, and the version is in force', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/rules/collaborateurs')
  await page.getByText('Publier…').click()
  await page.getByLabel('Publier quand même').check()
  await page.getByLabel('Pourquoi passer outre').fill('L’essai attend l’ancienne adresse')
  await page.getByRole('button', { name: 'Publier maintenant' }).click()
  await page.getByText('C’est fait').waitFor()

  assert.match(
    stage.mounted.api.rules.asked.at(-1) ?? '',
    /^publish 15 .*"revision":4.*"override":\{"reason":"L’essai attend l’ancienne adresse"\}/,
  )
  assert.deepEqual([versionOf('collaborateurs', 15)?.state, versionOf('collaborateurs', 14)?.state], ['published', 'superseded'])
})

test('a publication is scheduled at a local time', async () => {
  await using visit = await stage.visit({ as: 'approbatrice' })
  await opened(visit.page, '/rules/externes')
  await visit.page.getByLabel('Raison').fill('Relu avec la DSI')
  await visit.page.getByRole('button', { name: 'Approuver la version' }).click()
  await visit.page.getByText('Votre relecture est enregistrée.').waitFor()
  await using editor = await stage.visit({ as: 'redactrice', language: 'en' })
  const { page } = editor
  await opened(page, '/rules/externes')

  await page.getByText('Publish…').click()
  await page.getByLabel('Date and time (optional)').fill('2027-07-01T06:30')
  await page.getByRole('button', { name: 'Schedule the publication' }).click()
  await page.getByText('To be published:').waitFor()

  assert.equal(versionOf('externes', 4)?.publishAt, '2027-07-01T04:30:00.000Z')
  assert.deepEqual([...visit.faults, ...editor.faults], [])
})

test('whoever wrote a version does not review it, and is told so; another one sends it back without JavaScript', async () => {
  await using own = await stage.visit({ as: 'redactrice' })
  await own.page.goto('/rules/externes')
  await own.page.getByText('Vous avez participé à cette version').waitFor()
  const buttons = await own.page.getByRole('button', { name: 'Approuver la version' }).count()

  await using other = await stage.visit({ as: 'approbatrice', javaScriptEnabled: false })
  await other.page.goto('/rules/externes')
  await other.page.getByLabel('Raison').evaluate((field) => field.removeAttribute('required'))
  await other.page.getByRole('button', { name: 'Renvoyer' }).click()
  const missing = await other.page.getByRole('alert').innerText()
  await other.page.getByLabel('Raison').fill('Le type de contrat manque')
  await other.page.getByRole('button', { name: 'Renvoyer' }).click()
  await other.page.getByText('Votre relecture est enregistrée.').waitFor()

  assert.equal(buttons, 0)
  assert.match(missing, /Dites pourquoi/)
  assert.deepEqual([versionOf('externes', 4)?.state, versionOf('externes', 4)?.reason], ['rejected', 'Le type de contrat manque'])
})

test('a version is given up, and an old one restored as a draft, each with a reason and without JavaScript', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/rules/collaborateurs')
  await page.getByText('Abandonner cette version…').click()
  await page.locator('#withdraw-reason').fill('Fausse route')
  await page.getByRole('button', { name: 'Abandonner la version' }).click()
  await page.getByText('La version est abandonnée.').waitFor()
  const line = page.getByRole('row', { name: /version 13/ })
  await line.getByText('Reprendre…').click()
  await line.getByLabel('Raison').fill('La première était la bonne')
  await line.getByRole('button', { name: 'Créer le brouillon' }).click()
  await page.getByText('Un brouillon a été créé').waitFor()

  assert.equal(versionOf('collaborateurs', 15)?.state, 'withdrawn')
  assert.deepEqual(
    [versionOf('collaborateurs', 16)?.state, versionOf('collaborateurs', 16)?.text],
    ['draft', versionOf('collaborateurs', 13)?.text],
  )
})

test('of a version that somebody changed since it was shown nothing is done, and the refusal is said', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await opened(page, '/rules/collaborateurs')
  await page
    .locator('input[name="revision"]')
    .first()
    .evaluate((field) => field.setAttribute('value', '1'))
  await page.getByText('Envoyer à la relecture').click()
  await page.getByRole('button', { name: 'Envoyer' }).click()

  await page.getByRole('alert').getByText('La version a changé entre-temps').waitFor()

  assert.equal(versionOf('collaborateurs', 15)?.state, 'draft')
})

test('a reader sees versions, texts and tests, and nothing to change them with', async () => {
  await using visit = await stage.visit({ as: 'lectrice' })
  const { page } = visit
  await page.goto('/rules/collaborateurs')
  const buttons = await page.locator('main').getByRole('button').count()
  await page.getByRole('link', { name: 'version 15' }).first().click()
  await page.getByRole('heading', { name: 'collaborateurs, version 15' }).waitFor()
  const refused = await page.goto('/rules/collaborateurs/edit')

  assert.equal(buttons, 0)
  assert.equal(refused?.status(), 403)
})

test('two versions are compared in sentences and as lines; side by side where there is JavaScript', async () => {
  await using visit = await stage.visit({ language: 'en', theme: 'dark' })
  const { page } = visit
  await opened(page, '/rules/externes/diff?from=3&to=4')
  await page.getByText('The attribute “employeeType” is added.').waitFor()
  const table = page.getByRole('table', { name: 'Lines that differ between version 3 and version 4' })
  const lines = await table.locator('tr.added, tr.removed').allInnerTexts()

  await page.getByRole('button', { name: 'Side by side' }).click()
  await page.locator('[data-compare="ready"] .cm-changedLine').first().waitFor()

  assert.deepEqual(
    lines.map((line) => line.replaceAll(/\s+/g, ' ').trim()),
    [
      "9 − removed cn: $join([givenName, familyName], ' ')",
      "9 + added cn: $join([$proper(givenName), $proper(familyName)], ' ')",
      '10 + added employeeType: "\'externe\'"',
    ],
  )
  assert.deepEqual(visit.faults, [])
})
