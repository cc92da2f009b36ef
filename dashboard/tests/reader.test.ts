/** Who reads, and how: logging in and out, language, theme, and the keyboard alone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { opened, openStage, type Stage } from './browser.ts'
import { fixturePassword } from './fixture-api.ts'
import { known } from './fixture-data.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())

test('one logs in, lands where one was going, and logs out, without JavaScript', async () => {
  await using visit = await stage.visit({ as: null, javaScriptEnabled: false })
  const { page } = visit
  await page.goto(`/requests/${known.rolledBack}`)

  assert.match(page.url(), /\/login\?next=/)
  await page.getByLabel('Nom d’utilisateur').fill('admin')
  await page.getByLabel('Mot de passe').fill('wrong')
  await page.getByRole('button', { name: 'Se connecter' }).click()
  assert.match((await page.getByRole('alert').textContent()) ?? '', /ne correspondent pas/)
  assert.equal(await page.getByLabel('Nom d’utilisateur').inputValue(), 'admin')

  await page.getByLabel('Mot de passe').fill(fixturePassword)
  await page.getByRole('button', { name: 'Se connecter' }).click()
  assert.equal(new URL(page.url()).pathname, `/requests/${known.rolledBack}`)

  await page.locator('details.user summary').click()
  await page.getByRole('button', { name: 'Se déconnecter' }).click()
  await page.goto('/requests')
  assert.equal(new URL(page.url()).pathname, '/login')
})

test('too many attempts are said in words', async () => {
  await using visit = await stage.visit({ as: null })
  await visit.page.goto('/login')
  await visit.page.getByLabel('Nom d’utilisateur').fill('blocked')
  await visit.page.getByLabel('Mot de passe').fill('x')
  await visit.page.getByRole('button', { name: 'Se connecter' }).click()

  await visit.page.getByText('Trop d’essais').waitFor()
})

test('a login form posted by another site is refused', async () => {
  const response = await fetch(`${stage.mounted.url}/login`, {
    method: 'POST',
    headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'name=admin&password=x',
  })

  assert.equal(response.status, 403)
})

test('the keyboard goes to the search, along the rows, into one and back', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/requests')
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
  await page.keyboard.press('j')
  const first = await focused()
  await page.keyboard.press('j')
  assert.notEqual(await focused(), first)
  await page.keyboard.press('k')
  assert.equal(await focused(), first)

  await page.keyboard.press('Enter')
  await page.waitForURL(/\/requests\/.+/)
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await page.waitForURL('/requests')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Raccourcis clavier' }).waitFor()
})

test('the heading of a page that is slow to come has the keyboard when it is there', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/requests')
  await page.route('**/__data.json*', async (route) => {
    await delay(600)
    await route.continue()
  })
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.locator('main[aria-busy="true"]').waitFor()
  await page.waitForURL(/\/requests\/.+/)

  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  assert.equal(await page.locator('main').getAttribute('aria-busy'), 'false')
})

test('single keys do nothing in fields, and nothing at all once they are turned off', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/requests')
  await page.getByLabel('Chercher').focus()
  await page.keyboard.type('j?/')
  assert.equal(await page.getByLabel('Chercher').inputValue(), 'j?/')
  assert.equal(await page.getByRole('dialog').count(), 0)

  await opened(page, '/requests')
  await page.keyboard.press('?')
  await page.getByRole('button', { name: 'Désactiver' }).click()
  await page.waitForFunction(() => document.querySelector('dialog[open]') === null)
  await opened(page, '/requests')
  await page.keyboard.press('?')
  assert.equal(await page.getByRole('dialog').count(), 0)
})

test('the first Tab offers to skip to the content', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  await visit.page.keyboard.press('Tab')

  assert.equal(await visit.page.evaluate(() => document.activeElement?.textContent), 'Aller au contenu')
})

test('language and theme change in place, last, and work without JavaScript', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false, theme: 'system' })
  const { page } = visit
  await page.goto('/requests?q=fatou')
  await page.locator('.settings').getByRole('button', { name: 'English' }).click()
  await page.locator('.settings').getByRole('button', { name: 'Dark' }).click()

  assert.equal(new URL(page.url()).search, '?q=fatou')
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Flows')
  assert.deepEqual(await page.locator('html').evaluate((html) => [html.getAttribute('lang'), html.dataset['theme']]), [
    'en',
    'dark',
  ])
  await page.locator('.settings').getByRole('button', { name: 'Français' }).click()
})

test('the theme changes at once with JavaScript and is remembered', async () => {
  await using visit = await stage.visit()
  const { page } = visit
  await opened(page, '/requests')
  const kept = page.waitForResponse((response) => response.url().endsWith('/preferences'))
  await page.locator('.settings').getByRole('button', { name: 'Sombre' }).click()
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
  await kept

  await page.reload()
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
})
