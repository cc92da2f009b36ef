/** What is to be decided: the inbox, the plan in words and values, the answer; also without JavaScript and on a phone. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { knownApprovals } from './fixture-approvals.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.approvals.reset())

const phone = { viewport: { width: 320, height: 640 } } as const

test('the inbox holds what the reader may decide, the most urgent first, with why a threshold holds it', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/approvals')
  const rows = await page
    .locator('tr[data-approval]')
    .evaluateAll((found) => found.map((row) => row.getAttribute('data-approval')))

  await page.getByText('41 suppressions en 1 h 00 min dans badges pour une limite de 41 (412 connus)').waitFor()
  await page.getByText('étape 2 sur 2').waitFor()

  assert.deepEqual(rows, [knownApprovals.held, knownApprovals.stale, knownApprovals.arrival, knownApprovals.second])
  assert.deepEqual(visit.faults, [])
})

test('what the reader may not decide says why, in the list and on its page', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/approvals?view=open')
  await page.locator(`tr[data-approval="${knownApprovals.own}"]`).getByText('Vous avez fait cette demande').waitFor()
  await page.goto(`/approvals/${knownApprovals.own}`)
  await page.getByText('Vous avez fait cette demande : quelqu’un d’autre doit décider.').waitFor()

  assert.equal(await page.getByRole('button', { name: 'Approuver' }).count(), 0)
})

test('without JavaScript, on a phone, one reads what would be done before and after, and approves with a reason', async () => {
  await using visit = await stage.visit({ as: 'approbatrice', javaScriptEnabled: false, ...phone })
  const { page } = visit
  await page.goto('/approvals')
  await page.locator(`tr[data-approval="${knownApprovals.arrival}"]`).getByRole('link').click()
  const words = await page.getByRole('region', { name: 'Ce qui sera fait' }).innerText()
  const badge = await page.getByRole('table', { name: 'Changements du compte dans badges' }).innerText()
  await page.getByRole('textbox', { name: 'Raison' }).evaluate((field) => field.removeAttribute('required'))
  await page.getByRole('button', { name: 'Approuver' }).click()
  const missing = await page.getByRole('alert').innerText()
  await page.getByRole('textbox', { name: 'Raison' }).fill('Vu avec la direction')
  await page.getByRole('button', { name: 'Approuver' }).click()
  await page.getByText('Votre accord est enregistré.').waitFor()

  assert.match(
    words,
    /Crée le compte de [^]*dans annuaire, et l’ajoute à 2 groupes\.[^]*Change 1 attribut du compte dans badges\./,
  )
  assert.match(badge, /site[^]*Lyon[^]*Paris/)
  assert.match(missing, /Dites pourquoi/)
  assert.equal(stage.mounted.api.approvals.decided.at(-1), 'approve Vu avec la direction')
  await page.getByText('approbatrice approuve').waitFor()
})

test('a refusal that comes too late is told in words, and what was written is kept', async () => {
  await using visit = await stage.visit({ language: 'en' })
  const { page } = visit
  await opened(page, `/approvals/${knownApprovals.held}`)
  await page.getByText('Held by a safety threshold').waitFor()
  await page.getByRole('textbox', { name: 'Reason' }).fill('bien trop tard')
  await page.getByRole('button', { name: 'Refuse' }).click()
  await page.getByRole('alert').getByText('Nothing was decided').waitFor()

  assert.equal(await page.getByRole('textbox', { name: 'Reason' }).inputValue(), 'bien trop tard')
})

test('a plan that changed since it was put forward cannot be decided about', async () => {
  await using visit = await stage.visit()
  await visit.page.goto(`/approvals/${knownApprovals.stale}`)

  await visit.page.getByRole('alert').getByText('Le plan a changé depuis qu’il a été soumis').waitFor()

  assert.equal(await visit.page.getByRole('button', { name: 'Approuver' }).count(), 0)
})

test('a decision is handed to somebody by name; a name that nobody has is refused in words', async () => {
  await using visit = await stage.visit({ as: 'approbatrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto(`/approvals/${knownApprovals.arrival}`)
  const hand = page.locator('[data-verb="delegate"]')
  await hand.getByText('Confier à quelqu’un d’autre…').click()
  await hand.getByLabel('Nom de la personne').fill('personne')
  await hand.getByLabel('Raison').fill('En congé')
  await hand.getByRole('button', { name: 'Confier la décision' }).click()
  const refused = await hand.getByRole('alert').innerText()
  await hand.getByLabel('Nom de la personne').fill('directrice')
  await hand.getByRole('button', { name: 'Confier la décision' }).click()
  await page.getByText('La décision est confiée à cette personne.').waitFor()

  assert.match(refused, /Personne de ce nom/)
  await page.getByText('approbatrice confie à directrice').waitFor()
})

test('all decisions are handed over for a time, and taken back, without JavaScript', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/approvals/delegations')
  await page.getByLabel('Nom de la personne').fill('adjointe')
  await page.getByLabel('Jusqu’à').fill('2027-01-15T18:00')
  await page.getByLabel('Raison').fill('Congé parental')
  await page.getByRole('button', { name: 'Confier' }).click()
  await page.getByText('La délégation est enregistrée.').waitFor()
  await page.getByRole('button', { name: 'Reprendre adjointe' }).click()
  await page.getByText('La délégation est reprise.').waitFor()

  const said = await page.getByRole('row', { name: /admin confie à adjointe/ }).innerText()

  assert.match(said, /toutes ses décisions[^]*Congé parental[^]*15 janv\.[^]*Reprise/)
})

test('an inbox that is empty says so', async () => {
  await using visit = await stage.visit({ as: 'lectrice', language: 'en' })
  await opened(visit.page, '/approvals')

  await visit.page.getByRole('heading', { name: 'Nothing waits for your decision' }).waitFor()
})

test('a threshold shows how much of it is used and what it holds; one answer counts for all, without JavaScript', async () => {
  await using visit = await stage.visit({ as: 'operatrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/targets')
  const threshold = await page.locator('[data-threshold]').innerText()
  await page.getByRole('link', { name: 'Décider pour toutes' }).click()
  await page.getByRole('textbox', { name: 'Raison' }).fill('L’agence ferme')
  await page.getByRole('button', { name: 'Laisser passer les 12 demandes' }).click()
  await page.getByText('12 demandes décidées.').waitFor()

  assert.match(threshold, /départs en masse[^]*suspension et départ[^]*badges[^]*41 sur 41 en 1.h 00.min[^]*12 demandes/)
  assert.equal(stage.mounted.api.approvals.decided.at(-1), 'approve all L’agence ferme')
  await page.locator('[data-threshold]').getByText('rien').waitFor()
})
