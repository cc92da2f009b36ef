/** Approving in a real browser, with and without JavaScript, in both languages. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { applicant, approvalsOf, openPeople, rulesThatAsk, type Headers } from '#tests/harness/approvals.ts'
import { openBrowser, visit } from '#tests/harness/browser.ts'
import { sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
let browser: Browser
let people: Record<'ada' | 'bea' | 'rita', Headers>
before(async () => {
  browser = await openBrowser()
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesThatAsk() })
  people = await openPeople(world, { ada: 'approver', bea: 'approver', rita: 'reader' })
})
after(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function asked(name: string, title?: string): Promise<string> {
  const { body } = await world.submit(applicant(name.toLowerCase(), name, title), { Prefer: 'respond-async' })
  assert.equal(body.state, 'awaiting_approval')
  return body.id
}

test('an approver sees what waits, says why, and the request is carried out before their eyes', async () => {
  const id = await asked('Eyes')
  await using tab = await visit(browser, { url: world.url, headers: people.ada })
  const { page } = tab

  await page.goto(`/requests/${id}`)
  const section = page.getByRole('region', { name: 'Approvals' })
  await section.getByText('0 of 1 agreed (approvers).').waitFor()
  await tab.look('approval')
  await section.getByLabel('Reason').fill('agreed in the meeting')
  await section.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Your agreement is on record.').waitFor()
  await section.getByText('agreed in the meeting').waitFor()
  await world.settled(id)
  await page.getByText('Succeeded').first().waitFor()
  await tab.look('approved')

  assert.equal(await section.getByRole('button', { name: 'Approve' }).count(), 0)
  assert.deepEqual(tab.faults, [])
})

test('without JavaScript, in French, one refuses; a reason is asked for first', async () => {
  const id = await asked('Sans')
  await using tab = await visit(browser, { url: world.url, headers: people.bea, language: 'fr', javaScript: false })
  const { page } = tab

  await page.goto(`/requests/${id}`)
  await page.getByRole('button', { name: 'Refuser' }).click()
  const stillOpen = (await approvalsOf(world, id, people.rita))[0]?.state
  await page.locator('textarea[name=reason]').fill('  pas prévu au budget  ')
  await page.getByRole('button', { name: 'Refuser' }).click()
  await page.getByText('Votre refus est enregistré.').waitFor()
  await tab.look('refused-french')

  const request = await world.settled(id)
  const [approval] = await approvalsOf(world, id, people.rita)
  assert.deepEqual([stillOpen, request.state, approval?.decisions[0]?.reason], ['open', 'rejected', 'pas prévu au budget'])
})

test('a reader sees that it waits and for whom, and has no form', async () => {
  const id = await asked('Rita', 'Treasurer')
  await using tab = await visit(browser, { url: world.url, headers: people.rita, language: 'fr' })
  const { page } = tab

  await page.goto(`/requests/${id}`)
  await page.getByText('0 accord sur 2 (approbateurs).').waitFor()

  assert.equal(await page.getByRole('button', { name: 'Approuver' }).count(), 0)
  assert.deepEqual(tab.faults, [])
})

test('the inbox leads to what would be done before and after; a decision is handed over, and answered by the delegate without JavaScript', async () => {
  const id = await asked('Inbox')
  await using tab = await visit(browser, { url: world.url, headers: people.ada })
  const { page } = tab
  await page.goto('/approvals')
  await page.getByRole('link', { name: /Ada Inbox/ }).click()
  const words = await page.getByRole('region', { name: 'What will be done' }).innerText()
  await page.getByRole('table', { name: 'Changes of the account in directory' }).getByText('Inbox').first().waitFor()
  await tab.look('inbox-approval')
  await page.locator('main[data-ready="true"]').waitFor()
  await page.getByText('Hand to somebody else…').click()
  const hand = page.locator('[data-verb="delegate"]')
  await hand.getByLabel('Name of the person').fill('rita')
  await hand.getByLabel('Reason').fill('away until Monday')
  await hand.getByRole('button', { name: 'Hand the decision over' }).click()
  await page.getByText('The decision is in that person’s hands.').waitFor()
  await using other = await visit(browser, { url: world.url, headers: people.rita, language: 'fr', javaScript: false })
  await other.page.goto('/approvals')
  await other.page.getByRole('link', { name: /Ada Inbox/ }).click()
  await other.page.getByText('Vous décidez à la place de ada.').waitFor()
  await other.page.getByRole('textbox', { name: 'Raison' }).fill('vu pour elle')
  await other.page.getByRole('button', { name: 'Approuver' }).click()
  await other.page.getByText('Votre accord est enregistré.').first().waitFor()
  await other.look('inbox-approved')

  const request = await world.settled(id)
  assert.match(words, /directory/)
  assert.equal(request.state, 'succeeded')
  assert.deepEqual([...tab.faults, ...other.faults], [])
})
