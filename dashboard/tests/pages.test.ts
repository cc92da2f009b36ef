/** What holds for every page in both languages and themes, each language in one of them: accessible, no console or CSP error, nothing in the wrong language. */
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { parts, readTexts } from '../messages/plugin.ts'
import { opened, openStage, type Stage } from './browser.ts'
import { knownApprovals } from './fixture-approvals.ts'
import { known } from './fixture-data.ts'
import { knownLeavers } from './fixture-leavers.ts'
import { knownFindings, knownReconciliations } from './fixture-reconciliations.ts'
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
  reconciliations: '/reconciliations',
  reconciliation: `/reconciliations/${knownReconciliations.done}`,
  'reconciliation under way': `/reconciliations/${knownReconciliations.running}`,
  'divergent account': `/reconciliations/findings/${knownFindings.divergent}`,
  'orphaned account': `/reconciliations/findings/${knownFindings.orphan}`,
  'ignored finding': `/reconciliations/findings/${knownFindings.ignored}`,
  departures: '/departures',
  'departures that were filtered': '/departures?state=kept&until=2099-01-31',
  departure: `/departures/${knownLeavers.waiting}`,
  'departure that failed': `/departures/${knownLeavers.failing}`,
  'account that is kept': `/departures/${knownLeavers.kept}`,
  messages: '/notifications',
  'asking before a message is sent again': `/notifications?state=dead&retry=${knownLeavers.dead}`,
  explanation: `/requests/${known.rolledBack}/explain?path=identity.login`,
  'not found': '/requests/nothing-here',
} as const

const themes = { fr: 'light', en: 'dark' } as const
type Language = keyof typeof themes

/** What is found on a page: once with the width of a laptop, then narrower. */
interface Finding {
  readonly name: string
  readonly path: string
  readonly lang: string | null
  readonly violations: readonly string[]
  readonly texts: readonly string[]
  /** Pixels that it is too wide, by the width of the window; in French, whose words are the longer ones. */
  readonly overflow: Readonly<Record<number, number>>
  /** The addresses of its JavaScript. */
  readonly scripts: readonly string[]
}

interface Walk {
  readonly findings: readonly Finding[]
  readonly faults: readonly string[]
}

const walks: Partial<Record<Language, Promise<Walk>>> = {}

/** All pages in one language and theme, each opened once for all that is asked of it. */
function walk(language: Language): Promise<Walk> {
  return (walks[language] ??= (async () => {
    await using visit = await stage.visit({ language, theme: themes[language] })
    const scripts = new Set<string>()
    visit.page.on('response', (response) => response.url().endsWith('.js') && scripts.add(response.url()))
    const findings: Finding[] = []
    for (const [name, path] of Object.entries(pages)) {
      scripts.clear()
      await opened(visit.page, path)
      if (name.startsWith('editor')) await visit.page.locator('[data-editor="ready"]').first().waitFor()
      if (path.endsWith('/edit')) await visit.page.locator('[data-editor="ready"]').nth(1).waitFor({ state: 'attached' })
      findings.push({ name, path, ...(await look(visit.page, language)), scripts: [...scripts] })
    }
    return { findings, faults: visit.faults }
  })())
}

async function look(page: Page, language: Language): Promise<Omit<Finding, 'name' | 'path' | 'scripts'>> {
  const lang = await page.locator('html').getAttribute('lang')
  const found = { lang, violations: await violations(page), texts: await page.evaluate(readableTexts) }
  const laptop = page.viewportSize()
  const overflow: Record<number, number> = {}
  for (const width of language === 'fr' ? [640, 320] : []) {
    await page.setViewportSize({ width, height: 720 })
    overflow[width] = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  }
  if (laptop !== null && language === 'fr') await page.setViewportSize(laptop)
  return { ...found, overflow }
}

for (const [language, other] of [
  ['fr', 'en'],
  ['en', 'fr'],
] as const) {
  test(`every page is accessible and quiet in ${language}, ${themes[language]}`, async () => {
    const { findings, faults } = await walk(language)

    assert.deepEqual(
      findings.flatMap(({ name, violations: found }) => found.map((violation) => `${name}: ${violation}`)),
      [],
    )
    assert.deepEqual([...new Set(findings.map(({ lang }) => lang))], [language])
    assert.deepEqual(
      faults.filter((fault) => !(fault.includes('/nothing-here') && fault.includes('404'))),
      [],
    )
  })

  test(`the login is accessible and quiet in ${language}, ${themes[language]}`, async () => {
    await using visit = await stage.visit({ language, theme: themes[language], as: null })
    await visit.page.goto('/login')
    await visit.page.getByRole('button', { name: language === 'fr' ? 'Se connecter' : 'Log in' }).click()
    await visit.page.getByRole('alert').waitFor()

    assert.deepEqual(await violations(visit.page), [])
    assert.deepEqual(
      visit.faults.filter((fault) => !fault.includes('400')),
      [],
    )
  })

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

/** All texts of all pages in one language. */
async function readAloud(language: Language): Promise<readonly string[]> {
  return (await walk(language)).findings.flatMap((finding) => finding.texts)
}

/**
 * What axe finds. The list's rows repeat after the first dozen, so the rest of them is left out. It describes what is wrong, and not a thousand
 * elements that are not.
 */
async function violations(page: Page): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
  const found = await axe.exclude('[data-state]:nth-child(n + 14)').analyze()
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id} at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  )
}

const texts = (locale: string): Readonly<Record<string, string>> =>
  Object.assign({}, ...parts.map((part) => readTexts(locale, part)))

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
    const { findings } = await walk('fr')

    assert.deepEqual(
      findings.flatMap(({ name, overflow }) => ((overflow[width] ?? Infinity) > 0 ? [`${name}: ${overflow[width]} px`] : [])),
      [],
    )
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
  const shell = await bytesOf(await scriptsOfLogin())
  const { findings } = await walk('en')

  assert.ok(shell > 0 && shell <= 60_000, `the shell takes ${shell} bytes of 60000`)
  for (const { path, scripts } of findings) {
    if (path.includes('nothing')) continue
    const budget = path.endsWith('/edit') ? 160_000 : 40_000
    const own = (await bytesOf(scripts)) - shell
    assert.ok(own > 0 && own <= budget, `${path} takes ${own} bytes of ${budget} more than the shell`)
  }
})

async function scriptsOfLogin(): Promise<readonly string[]> {
  await using visit = await stage.visit({ as: null })
  const loaded = new Set<string>()
  visit.page.on('response', (response) => response.url().endsWith('.js') && loaded.add(response.url()))
  await visit.page.goto('/login', { waitUntil: 'networkidle' })
  return [...loaded]
}

const sizes = new Map<string, Promise<number>>()

/** Bytes of gzipped JavaScript at these addresses. */
async function bytesOf(addresses: readonly string[]): Promise<number> {
  const headers = { 'accept-encoding': 'gzip' }
  const sizeOf = async (url: string) => Number((await fetch(url, { headers, method: 'HEAD' })).headers.get('content-length'))
  const all = await Promise.all(addresses.map((url) => sizes.getOrInsertComputed(url, sizeOf)))
  return all.reduce((sum, size) => sum + size, 0)
}
