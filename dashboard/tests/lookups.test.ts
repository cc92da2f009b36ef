/** Lookup tables, edited as tables. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.lookups.reset())

const tableOf = (name: string) => stage.mounted.api.lookups.tables.find((table) => table.name === name)

test('a table is changed without JavaScript: a row added, one taken away, a key that stands twice refused', async () => {
  await using visit = await stage.visit({ as: 'redactrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/lookups')
  await page.getByRole('link', { name: 'sites' }).click()
  await page.getByLabel('Clé de la ligne 1').fill('')
  await page.getByLabel('Clé de la ligne 6').fill('Lyon')
  await page.getByLabel('Valeur de la ligne 6').fill('01')
  await page.getByRole('button', { name: 'Enregistrer la table' }).click()
  const refused = await page.getByRole('alert').innerText()
  await page.getByLabel('Clé de la ligne 5').fill('Lille')
  await page.getByRole('button', { name: 'Enregistrer la table' }).click()
  await page.getByText('La table est enregistrée.').waitFor()

  assert.match(refused, /« Lyon » est écrite deux fois/)
  assert.deepEqual(
    tableOf('sites')?.rows.map(({ key, value }) => `${key} ${value}`),
    ['Lyon 69', 'Nantes 44', 'Marseille 13', 'Saint-Étienne 42', 'Lille 01'],
  )
  assert.equal(tableOf('sites')?.version, 4)
})

test('a table is made from two columns of a spreadsheet', async () => {
  await using visit = await stage.visit({ as: 'redactrice', language: 'en' })
  const { page } = visit
  await opened(page, '/lookups')
  await page.getByLabel('Name of the table').fill('codes')
  await page.getByRole('button', { name: 'New table' }).click()
  await page.getByText('This table does not exist yet').waitFor()
  await page.locator('main[data-ready="true"]').waitFor()
  await page.getByLabel('Key of row 1').evaluate((field) => {
    const data = new DataTransfer()
    data.setData('text/plain', 'RH\tRessources humaines\nDSI\tInformatique\n')
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  await page.getByLabel('Value for a key').fill('Autre')
  await page.getByRole('button', { name: 'Save the table' }).click()
  await page.getByText('The table is saved.').waitFor()

  assert.deepEqual(tableOf('codes')?.rows, [
    { key: 'RH', value: 'Ressources humaines' },
    { key: 'DSI', value: 'Informatique' },
  ])
  assert.equal(tableOf('codes')?.fallback, 'Autre')
  assert.deepEqual(visit.faults, [])
})

test('when somebody else saved the table meanwhile nothing is overwritten, and what was written is kept', async () => {
  await using first = await stage.visit({ as: 'redactrice' })
  await using second = await stage.visit()
  for (const { page } of [first, second]) await opened(page, '/lookups/sites')
  await first.page.getByLabel('Valeur de la ligne 1').fill('1')
  await first.page.getByRole('button', { name: 'Enregistrer la table' }).click()
  await first.page.getByText('La table est enregistrée.').waitFor()
  await second.page.getByLabel('Valeur de la ligne 1').fill('2')
  await second.page.getByRole('button', { name: 'Enregistrer la table' }).click()
  await second.page.getByText('Quelqu’un d’autre a enregistré cette table').waitFor()

  assert.equal(tableOf('sites')?.rows[0]?.value, '1')
  assert.equal(await second.page.getByLabel('Valeur de la ligne 1').inputValue(), '2')
})

test('a reader sees the rows, and no field', async () => {
  await using visit = await stage.visit({ as: 'lectrice' })
  await visit.page.goto('/lookups/sites')

  await visit.page.getByRole('row', { name: 'Paris 75' }).waitFor()

  assert.equal(await visit.page.locator('main input:not([type="hidden"])').count(), 0)
})
