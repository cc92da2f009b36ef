/** What holds for every page in both languages and themes, each language in one of them: accessible, no console or CSP error, nothing in the wrong language. */
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { parts, readTexts } from '../messages/plugin.ts'
import { opened, openStage, type Stage } from './browser.ts'
import { knownApprovals } from './fixture-approvals.ts'
import { known } from './fixture-data.ts'
import { knownSimulations } from './fixture-simulations.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())

const pages = {
  list: '/requests',
  'nothing found': '/requests?q=personne',
  running: `/requests/${known.running}`,
  'rolled back': `/requests/${known.rolledBack}`,
  stuck: `/requests/${known.stuck}`,
  partly: `/requests/${known.partly}`,
  'asking before a retry': `/requests/${known.rolledBack}?retry`,
  targets: '/targets',
  'asking before a maintenance': '/targets?switch=annuaire',
  'a target': '/targets/annuaire',
  'attributes of a target': '/targets/annuaire/attributes',
  'a target that does not answer': '/targets/badges/attributes',
  rules: '/rules',
  'making a rule set': '/rules?create',
  'a rule set': '/rules/collaborateurs',
  'a rule set in review': '/rules/externes',
  'a version': '/rules/collaborateurs/versions/15',
  editor: '/rules/collaborateurs/edit',
  'editor with problems': '/rules/stagiaires/edit',
  difference: '/rules/externes/diff?from=3&to=4',
  simulations: '/rules/collaborateurs/simulations',
  simulation: `/simulations/${knownSimulations.done}?outcome=all`,
  'simulation under way': `/simulations/${knownSimulations.running}`,
  'simulation out of date': `/simulations/${knownSimulations.stale}`,
  'to do': '/approvals',
  'all that waits': '/approvals?view=open',
  decided: '/approvals?view=decided',
  approval: `/approvals/${knownApprovals.second}`,
  'approval that a threshold asks for': `/approvals/${knownApprovals.held}`,
  'approval of one’s own': `/approvals/${knownApprovals.own}`,
  'approval of a plan that changed': `/approvals/${knownApprovals.stale}`,
  delegations: '/approvals/delegations',
  'all that a threshold holds': '/approvals/held?rules=collaborateurs&threshold=départs en masse',
  lookups: '/lookups',
  'lookup table': '/lookups/sites',
  explanation: `/requests/${known.rolledBack}/explain?path=identity.login`,
  'not found': '/requests/nothing-here',
} as const

for (const [language, theme] of [
  ['fr', 'light'],
  ['en', 'dark'],
] as const) {
  test(`every page is accessible and quiet in ${language}, ${theme}`, async () => {
    await using visit = await stage.visit({ language, theme })
    const found: string[] = []

    for (const [name, path] of Object.entries(pages)) {
      await opened(visit.page, path)
      if (name.startsWith('editor')) await visit.page.locator('[data-editor="ready"]').first().waitFor()
      found.push(...(await violations(visit.page)).map((violation) => `${name}: ${violation}`))
      assert.equal(await visit.page.locator('html').getAttribute('lang'), language)
    }

    assert.deepEqual(found, [])
    assert.deepEqual(
      visit.faults.filter((fault) => !(fault.includes('/nothing-here') && fault.includes('404'))),
      [],
    )
  })

  test(`the login is accessible and quiet in ${language}, ${theme}`, async () => {
    await using visit = await stage.visit({ language, theme, as: null })
    await visit.page.goto('/login')
    await visit.page.getByRole('button', { name: language === 'fr' ? 'Se connecter' : 'Log in' }).click()
    await visit.page.getByRole('alert').waitFor()

    assert.deepEqual(await violations(visit.page), [])
    assert.deepEqual(
      visit.faults.filter((fault) => !fault.includes('400')),
      [],
    )
  })
}

/** What axe finds. The list's rows repeat after the first dozen, so the rest of them is left out. */
async function violations(page: Page): Promise<readonly string[]> {
  const found = await new AxeBuilder({ page }).setLegacyMode(true).exclude('[data-state]:nth-child(n + 14)').analyze()
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id} at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  )
}

const texts = (locale: string): Readonly<Record<string, string>> =>
  Object.assign({}, ...parts.map((part) => readTexts(locale, part)))

for (const [language, other] of [
  ['fr', 'en'],
  ['en', 'fr'],
] as const) {
  test(`no page in ${language} says anything in ${other}`, async () => {
    const own = new Set(Object.values(texts(language)).map(fixedPart))
    const foreign = new Set(
      Object.values(texts(other))
        .map(fixedPart)
        .filter((text) => text.length > 2 && !own.has(text)),
    )

    const said = await readAloud(language)

    assert.deepEqual(
      said.filter((text) => foreign.has(fixedPart(text))),
      [],
    )
  })
}

/** All texts of all pages in one language, read once. */
function readAloud(language: 'fr' | 'en'): Promise<readonly string[]> {
  return (readings[language] ??= (async () => {
    await using visit = await stage.visit({ language })
    const said: string[] = []
    for (const path of Object.values(pages)) {
      await visit.page.goto(path)
      said.push(...(await visit.page.evaluate(readableTexts)))
    }
    return said
  })())
}
const readings: { fr?: Promise<readonly string[]>; en?: Promise<readonly string[]> } = {}

/** A message without what it is filled with, so that « 2 cibles » and « 3 cibles » compare equal where it matters. */
function fixedPart(text: string): string {
  return text
    .replace(/\{.*\}/gs, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Runs in the page: every text and label a reader meets, except what is marked as being in another language. */
function readableTexts(): string[] {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found: string[] = []
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement
    if (parent === null || parent.closest('script, style, code, [data-editor], [lang]:not(html)') !== null) continue
    found.push((walker.currentNode.textContent ?? '').trim())
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    if (element.closest('[lang]:not(html)') !== null) continue
    found.push(...['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? ''))
  }
  return found.filter((text) => text !== '')
}

test('no code of the API shows raw: states, kinds and problems are words', async () => {
  const codes =
    /\b(rolled_back|needs_attention|succeeded_partly|awaiting_approval|best-effort|undone|noop|half_open|password|membership)\b/

  const said = await readAloud('fr')

  assert.deepEqual(
    said.filter((text) => codes.test(text)),
    [],
  )
})

for (const [width, about] of [
  [320, 'on a phone'],
  [640, 'at 200 % zoom of a laptop'],
] as const) {
  test(`nothing scrolls sideways ${about}`, async () => {
    await using visit = await stage.visit({ viewport: { width, height: 720 } })
    const wide: string[] = []

    for (const [name, path] of Object.entries(pages)) {
      await visit.page.goto(path)
      const overflow = await visit.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (overflow > 0) wide.push(`${name}: ${overflow} px`)
    }

    assert.deepEqual(wide, [])
  })
}

test('the policy allows no inline script, no frame and nothing from elsewhere', async () => {
  const response = await fetch(`${stage.mounted.url}/login`)
  const policy = response.headers.get('content-security-policy') ?? ''

  assert.match(policy, /default-src 'self'/)
  assert.match(policy, /script-src 'self' 'nonce-[^']+'/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
})

test('the JavaScript of the shell and of each page stays within its budget', async () => {
  const shell = await scriptBytes('/login', null)

  assert.ok(shell <= 60_000, `the shell takes ${shell} bytes of 60000`)
  const ordinary = Object.values(pages).filter((path) => !path.includes('/edit') && !path.includes('nothing'))
  for (const [budget, paths] of [
    [40_000, ordinary],
    [160_000, ['/rules/collaborateurs/edit']],
  ] as const)
    for (const path of paths) {
      const total = await scriptBytes(path, 'admin')
      assert.ok(total - shell <= budget, `${path} takes ${total - shell} bytes of ${budget} more than the shell`)
    }
})

/** Bytes of gzipped JavaScript that a first visit of a page loads. */
async function scriptBytes(path: string, as: 'admin' | null): Promise<number> {
  await using visit = await stage.visit({ as })
  const loaded = new Set<string>()
  visit.page.on('response', (response) => response.url().endsWith('.js') && loaded.add(response.url()))
  // only a page with a live stream never becomes idle, and it is open when everything is loaded
  if (as === null) await visit.page.goto(path, { waitUntil: 'networkidle' })
  else await opened(visit.page, path)
  if (path.endsWith('/edit')) await visit.page.locator('[data-editor="ready"]').nth(1).waitFor({ state: 'attached' })
  const sizes = await Promise.all(
    [...loaded].map(async (url) =>
      Number((await fetch(url, { headers: { 'accept-encoding': 'gzip' }, method: 'HEAD' })).headers.get('content-length')),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
