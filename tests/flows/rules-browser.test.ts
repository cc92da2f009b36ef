/** Changing the rules in a real browser, before a real gateway: written, tried, reviewed by somebody else, published, and followed. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openPeople, type Headers } from '#tests/harness/approvals.ts'
import { openBrowser, visit } from '#tests/harness/browser.ts'
import { asWriter, smallCases, smallRules } from '#tests/harness/rules.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
let browser: Browser
let people: Record<'ada' | 'bea' | 'rita', Headers>
before(async () => {
  browser = await openBrowser()
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: shippedRules() })
  people = await openPeople(world, { ada: 'rule_editor', bea: 'approver', rita: 'reader' })
  await asWriter(world, people.ada).create('small', smallRules('small'), smallCases('A@X'))
})
after(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

test('a rule is changed, its test mended, reviewed by somebody else and published', async () => {
  await using tab = await visit(browser, { url: world.url, headers: people.ada })
  const { page } = tab
  await page.goto('/rules/small/edit')
  await page.locator('[data-editor="ready"]').nth(1).waitFor({ state: 'attached' })
  await page.getByText('1 test passes').first().waitFor()
  await page.locator('.cm-content[aria-label="Rules"]').focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('End')
  for (let key = 0; key < 'emailAddress'.length; key += 1) await page.keyboard.press('Backspace')
  await page.keyboard.type('$lowercas(emailAddress)')
  await page.getByText('did you mean $lowercase?').first().waitFor()
  await tab.look('editor-problem')
  for (let key = 0; key < '(emailAddress)'.length; key += 1) await page.keyboard.press('ArrowLeft')
  await page.keyboard.type('e')
  const preview = page.getByRole('region', { name: 'Preview' })
  await preview.getByText('a@x').first().waitFor()
  await page.getByText('1 of 1 failing').first().waitFor()
  await page.getByRole('tab', { name: 'Tests' }).click()
  const cases = page.locator('.cm-content[aria-label="Tests"]')
  await cases.focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(smallCases('a@x'))
  await page.getByText('1 test passes').first().waitFor()
  await page.getByLabel('What changes, in a sentence').fill('Mail in small letters')
  await page.keyboard.press('Enter')
  await page.getByText('The draft is saved').waitFor()
  await page.getByRole('link', { name: 'Review or publish' }).click()
  await page.getByText('Send for review', { exact: true }).click()
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('The version waits for its review.').waitFor()
  await tab.look('in-review')

  await using other = await visit(browser, { url: world.url, headers: people.bea, language: 'fr', javaScript: false })
  await other.page.goto('/rules/small')
  await other.page.getByLabel('Raison').fill('relu')
  await other.page.getByRole('button', { name: 'Approuver la version' }).click()
  await other.page.getByText('Votre relecture est enregistrée.').waitFor()
  await page.goto('/rules/small')
  await page.getByText('Publish…').click()
  await page.getByRole('button', { name: 'Publish now' }).click()
  await page.getByText('Done: the publication is on record.').waitFor()
  await tab.look('published')

  const { published } = await asWriter(world, people.ada).ruleSet('small')
  assert.deepEqual([published?.version, published?.reviewedBy, published?.publishedBy], [1, 'person:bea', 'person:ada'])
  assert.deepEqual([...tab.faults, ...other.faults], [])
})

test('versions are compared in sentences; an old one is restored, without JavaScript', async () => {
  const ada = asWriter(world, people.ada)
  await ada.save('small', { text: smallRules('small', "'x'"), cases: null, base: 1 })
  await using tab = await visit(browser, { url: world.url, headers: people.ada, language: 'fr', javaScript: false })
  const { page } = tab
  await page.goto('/rules/small/diff?from=1&to=2')
  const meaning = await page.getByRole('region', { name: /^Ce qui change/ }).innerText()
  const lines = await page.locator('tr.added, tr.removed').count()
  await tab.look('difference')
  await page.goto('/rules/small')
  await page.getByText('Abandonner cette version…').click()
  await page.locator('#withdraw-reason').fill('fausse route')
  await page.getByRole('button', { name: 'Abandonner la version' }).click()
  await page.getByText('La version est abandonnée.').waitFor()
  const line = page.getByRole('row', { name: /version 2/ })
  await line.getByText('Reprendre…').click()
  await line.getByLabel('Raison').fill('finalement si')
  await line.getByRole('button', { name: 'Créer le brouillon' }).click()
  await page.getByText('Un brouillon a été créé').waitFor()

  assert.match(meaning, /email/)
  assert.ok(lines >= 2)
  assert.deepEqual((await ada.ruleSet('small')).pending?.version, 3)
})

test('a lookup table is made and saved without JavaScript, and a reader sees it without fields', async () => {
  await using tab = await visit(browser, { url: world.url, headers: people.ada, javaScript: false })
  const { page } = tab
  await page.goto('/lookups/sites?create')
  await page.getByLabel('Key of row 1').fill('PAR')
  await page.getByLabel('Value of row 1').fill('Paris')
  await page.getByRole('button', { name: 'Save the table' }).click()
  await page.getByText('The table is saved.').waitFor()
  await using reader = await visit(browser, { url: world.url, headers: people.rita })
  await reader.page.goto('/lookups/sites')
  await reader.page.getByRole('row', { name: 'PAR Paris' }).waitFor()

  assert.equal(await reader.page.locator('main input:not([type="hidden"])').count(), 0)
  assert.deepEqual(reader.faults, [])
})

test('a draft is simulated on what really came, case by case; and each value of a request says where it comes from', async () => {
  const body = {
    kind: 'create',
    externalId: 'e1',
    attributes: { givenName: 'Zoé', familyName: 'Müller', employeeType: 'internal' },
  }
  const accepted = await world.submit(body)
  await world.settled(accepted.body.id)
  const ada = asWriter(world, people.ada)
  const { body: inForce } = await ada.read('default', 1)
  await ada.save('default', { text: inForce.text.replaceAll('@example.org', '@example.net'), cases: null, base: 1 })
  await using tab = await visit(browser, { url: world.url, headers: people.ada })
  const { page } = tab
  await page.goto('/rules/default/simulations')
  await page.getByRole('button', { name: 'Start the simulation' }).click()
  await page.locator('.head').getByText('Done', { exact: true }).waitFor({ timeout: 30_000 })
  await page.getByText('@example.net').first().waitFor()
  await tab.look('simulated')
  await page.locator('tr[data-outcome="changed"]').getByRole('link').click()
  await page.getByRole('region', { name: 'Computed identity' }).getByRole('link', { name: 'Where does mail come from?' }).click()
  const said = await page.locator('details[open]').innerText()
  await tab.look('explained')

  assert.match(said, /zmuller@example\.org[^]*identity\.login/)
  assert.deepEqual(tab.faults, [])
})
