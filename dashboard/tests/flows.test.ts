/** What people do: log in, watch, filter, open, retry; with and without JavaScript, with the keyboard, and when the line breaks. */
import assert from 'node:assert/strict'
import { after, beforeEach, before, test } from 'node:test'
import { opened, openStage, type Stage } from './browser.ts'
import { fixturePassword } from './fixture-api.ts'
import { buildRequests, known, type FixtureRequest } from './fixture-data.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => {
  stage.mounted.api.requests = buildRequests(Date.now())
  stage.mounted.api.down = false
})

const find = (id: string): FixtureRequest => {
  const found = stage.mounted.api.requests.find(({ detail }) => detail.id === id)
  assert.ok(found)
  return found
}
const changed = ({ detail, events }: FixtureRequest, more: Partial<FixtureRequest['detail']>): FixtureRequest => ({
  events,
  detail: { ...detail, ...more },
})
const newcomer = (name: string) =>
  changed(find(known.running), { id: crypto.randomUUID(), displayName: name, receivedAt: new Date().toISOString() })

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

test('a row changes where it stands while one watches', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  const row = visit.page.getByRole('row', { name: /Yasmine Haddad/ }).first()
  const place = await row.boundingBox()

  const running = find(known.running)
  stage.mounted.api.put(changed(running, { state: 'succeeded', settledAt: new Date().toISOString() }))

  await row.getByText('Réussie', { exact: true }).waitFor()
  assert.deepEqual(await row.boundingBox(), place)
  await visit.page.locator('p[aria-live]', { hasText: 'Arrivée de Yasmine Haddad' }).waitFor({ state: 'attached' })
})

test('a step moves alone: its target’s mini-state changes', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')

  stage.mounted.api.emit({ type: 'step', requestId: known.running, target: 'badges', state: 'applied' })

  await visit.page
    .getByRole('row', { name: /Yasmine Haddad/ })
    .first()
    .locator('li[data-step="applied"]', { hasText: 'badges' })
    .waitFor()
})

test('new requests are counted and shown when asked for, and move nothing before', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  const first = await visit.page.locator('[data-row]').first().textContent()

  stage.mounted.api.put(newcomer('Gaëlle Ñandú'))
  stage.mounted.api.put(newcomer('Thaïs Morvan'))

  const button = visit.page.getByRole('button', { name: /2 nouveaux flux/ })
  await button.waitFor()
  assert.equal(await visit.page.locator('[data-row]').first().textContent(), first)
  await button.click()
  await visit.page.getByRole('link', { name: 'Arrivée de Thaïs Morvan' }).waitFor()
  assert.equal(await button.count(), 0)
})

for (const shared of [true, false]) {
  test(`two tabs share one stream ${shared ? 'through a SharedWorker' : 'by a lock, where there is no SharedWorker'}`, async () => {
    await using visit = await stage.visit()
    if (!shared) await visit.page.context().addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    const other = await visit.newTab()
    await opened(visit.page, '/requests')
    await opened(other, `/requests/${known.running}`)

    stage.mounted.api.put(changed(find(known.running), { state: 'succeeded', settledAt: new Date().toISOString() }))

    await other.locator('.head').getByText('Réussie', { exact: true }).waitFor()
    await visit.page
      .getByRole('row', { name: /Yasmine Haddad/ })
      .first()
      .getByText('Réussie', { exact: true })
      .waitFor()
    assert.equal(stage.mounted.api.streams, 1)
  })
}

test('a broken line is said with the age of the data, and mended without a word lost', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')

  stage.mounted.api.down = true
  stage.mounted.api.cutStreams()
  await visit.page.getByText(/Direct interrompu, données de/).waitFor()
  stage.mounted.api.requests = stage.mounted.api.requests.map((request) =>
    request.detail.id === known.running
      ? changed(request, { state: 'rolled_back', settledAt: new Date().toISOString() })
      : request,
  )
  stage.mounted.api.down = false

  await visit.page.getByText('En direct').waitFor({ timeout: 12_000 })
  await visit.page
    .getByRole('row', { name: /Yasmine Haddad/ })
    .first()
    .getByText('Retour arrière fait')
    .waitFor()
})

test('a gateway that is down is said as such, with what still goes on and how to go on', async () => {
  await using visit = await stage.visit()
  stage.mounted.api.down = true
  await visit.page.goto('/requests')

  await visit.page.getByRole('heading', { name: 'La passerelle ne répond pas' }).waitFor()
  await visit.page.getByText('Les demandes déjà acceptées continuent').waitFor()
  assert.match((await visit.page.locator('code').textContent()) ?? '', /^[0-9a-f]{8}$/)
})

test('filters live in the address and work without JavaScript', async () => {
  await using visit = await stage.visit({ javaScriptEnabled: false })
  await visit.page.goto('/requests')
  await visit.page.getByRole('link', { name: 'Réussis' }).click()
  await visit.page.getByLabel('Source').selectOption('rh-lyon')
  await visit.page.getByRole('button', { name: 'Filtrer' }).click()

  assert.deepEqual(Object.fromEntries([...new URL(visit.page.url()).searchParams].filter(([, value]) => value !== '')), {
    state: 'succeeded',
    source: 'rh-lyon',
  })
  const states = await visit.page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-state')))
  assert.ok(states.length > 0 && states.every((state) => state === 'succeeded'))
})

test('typing in the search narrows the list and keeps the focus where it is', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  await visit.page.keyboard.press('/')
  await visit.page.keyboard.type('fatoumata')

  await visit.page.waitForURL('/requests?q=fatoumata')
  await visit.page.waitForFunction(() =>
    [...document.querySelectorAll('[data-row]')].every((row) => row.textContent?.includes('Fatoumata')),
  )
  assert.equal(await visit.page.evaluate(() => document.activeElement?.id), 'q')
})

test('the list goes on below, with and without JavaScript', async () => {
  await using visit = await stage.visit()
  await opened(visit.page, '/requests')
  await visit.page.getByRole('link', { name: 'Afficher la suite' }).click()
  await visit.page.getByText('60 demandes affichées').waitFor()

  await using plain = await stage.visit({ javaScriptEnabled: false })
  await plain.page.goto('/requests')
  await plain.page.getByRole('link', { name: 'Afficher la suite' }).click()
  await plain.page.getByText('10 demandes affichées').waitFor()
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
  await page.getByText('Dites pourquoi vous relancez').waitFor()

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
