/** One request: its cause, its branches, its accounts, and doing it again. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { buildRequests, known } from './fixture-data.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.mounted.api.requests = buildRequests(Date.now())
  stage.mounted.api.down = false
})

test('a rolled-back request shows the cause first, the rollback as a branch, and each account before and after', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await page.goto(`/requests/${known.rolledBack}`)

  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Arrivée de Zoé Müller')
  assert.match(
    (await page.getByRole('heading', { level: 2 }).first().textContent()) ?? '',
    /^Un compte occupe déjà la place dans erp-paris$/,
  )
  await page.getByText('2 cibles déjà modifiées ont été remises comme avant.').waitFor()
  const branch = (name: string) =>
    page
      .locator(`tbody[data-branch="${name}"] tr[data-step]`)
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-step')))
  assert.deepEqual(await branch('execution'), ['applied', 'applied', 'failed'])
  assert.deepEqual(await branch('rollback'), ['undone', 'undone'])
  const account = page.getByRole('table', { name: 'Changements du compte dans annuaire' })
  assert.equal(
    await account
      .locator('tr', { has: page.getByText('cn', { exact: true }) })
      .locator('ins')
      .textContent(),
    'Zoé Müller',
  )
  assert.match((await account.getByRole('row', { name: /userPassword/ }).textContent()) ?? '', /••••• \(défini\)/)
})

test('an undo that set a password nobody knows says so, where it did and what to do', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  const error = { code: 'password_reset', message: 'the old password cannot be put back' }
  stage.mounted.api.requests = stage.mounted.api.requests.map((request) => {
    const { detail } = request
    if (detail.id !== known.rolledBack) return request
    const details = detail.details.map((step) => (step.target === 'annuaire' ? { ...step, error } : step))
    return { ...request, detail: { ...detail, details } }
  })

  await page.goto(`/requests/${known.rolledBack}`)

  const undone = page.locator('tbody[data-branch="rollback"] tr', { has: page.getByRole('link', { name: 'annuaire' }) })
  assert.match(
    (await undone.textContent()) ?? '',
    /Annulé, avec un mot de passe que personne ne connaît à la place de l’ancien.*prévenez la personne/,
  )
  await page.getByText('1 cible déjà modifiée a été remise comme avant.').waitFor()
  await page.getByText('Pas tout à fait comme avant, ce qu’il faut faire savoir : annuaire.').waitFor()
})

test('a rollback that failed is said first, with what a third party changed', async () => {
  await using visit = await stage.visit({ language: 'en' })
  await visit.page.goto(`/requests/${known.stuck}`)

  assert.equal(await visit.page.getByRole('heading', { level: 2 }).first().textContent(), 'The rollback failed in annuaire')
  const row = visit.page.getByRole('table', { name: 'Differences found in annuaire' }).getByRole('row', { name: /title/ })
  assert.match((await row.textContent()) ?? '', /Directrice\s*Directrice générale/)
})

test('without JavaScript a retry asks for a reason, refuses an empty one, and reaches the gateway', async () => {
  await using visit = await stage.visit({ as: 'operatrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto(`/requests/${known.rolledBack}`)
  await page.getByRole('link', { name: 'Relancer' }).click()
  await page.getByLabel('Raison').evaluate((field) => field.removeAttribute('required'))
  await page.getByRole('button', { name: 'Relancer la demande' }).click()
  await page.getByText('Dites pourquoi').waitFor()

  await page.getByLabel('Raison').fill('La base a été réparée')
  await page.getByRole('button', { name: 'Relancer la demande' }).click()

  await page.getByText('La demande a été relancée.').waitFor()
  assert.equal(stage.mounted.api.retries.at(-1), 'La base a été réparée')
  await page.locator('.head').getByText('En cours', { exact: true }).waitFor()
})

test('with JavaScript the same question is a dialog, and a refusal is said in words', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, `/requests/${known.partly}`)
  await page.getByRole('link', { name: 'Relancer' }).click()
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'reason')
  await page.keyboard.type('un peu trop tard')
  await page.getByRole('button', { name: 'Relancer la demande' }).click()

  await page.getByText('La demande n’a pas été relancée').waitFor()
  assert.equal(await page.getByLabel('Raison').inputValue(), 'un peu trop tard')
})

test('a reader sees that retrying needs another role, and no button', async () => {
  await using visit = await stage.visit({ as: 'lectrice' })
  await visit.page.goto(`/requests/${known.rolledBack}`)

  await visit.page.getByText('Relancer demande le rôle d’opérateur.').waitFor()
  assert.equal(await visit.page.getByRole('link', { name: 'Relancer' }).count(), 0)
  assert.equal(await visit.page.getByRole('link', { name: 'Files d’attente' }).count(), 0)
})

test('without JavaScript a person attests what is so in a stuck target, and sees it on record until a second one agrees', async () => {
  await using visit = await stage.visit({ as: 'operatrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto(`/requests/${known.stuck}`)
  await page.getByText('Attester ce qui est').click()
  const form = page.locator('details[data-verb="attest"]')
  await form.getByLabel('ce qui s’y trouve doit y rester').check()
  await form.getByLabel('Raison').fill('Vu avec son responsable')
  await form.getByRole('button', { name: 'Attester' }).click()

  await page.getByText('Votre constat est inscrit.').waitFor()
  await page.getByText('operatrice, annuaire : ce qui s’y trouve doit y rester').waitFor()
  assert.deepEqual(stage.mounted.api.resolved.at(-1), {
    verb: 'attest',
    reason: 'Vu avec son responsable',
    target: 'annuaire',
    outcome: 'kept',
  })
})

test('every verb that is possible has its form; a refusal is said beside the one that asked', async () => {
  await using visit = await stage.visit({ language: 'en' })
  const { page } = visit
  await opened(page, `/requests/${known.stuck}`)
  const verbs = await page
    .locator('details[data-verb]')
    .evaluateAll((folds) => folds.map((fold) => fold.getAttribute('data-verb')))
  await page.getByText('Give up', { exact: true }).click()
  const form = page.locator('details[data-verb="cancel"]')
  await form.getByLabel('Reason').fill('trop tard')
  await form.getByRole('button', { name: 'Give the request up' }).click()

  await form.getByText('Nothing was done').waitFor()
  assert.deepEqual(verbs, ['probe', 'attest', 'resume', 'cancel'])
  assert.equal(await form.getByLabel('Reason').inputValue(), 'trop tard')
})

test('a retry may be planned anew with the rules of today', async () => {
  await using visit = await stage.visit({ as: 'operatrice', javaScriptEnabled: false })
  await visit.page.goto(`/requests/${known.rolledBack}?retry`)

  assert.equal(await visit.page.getByLabel('Le plan accepté').isChecked(), true)
  await visit.page.getByLabel('Un nouveau plan').check()
})
