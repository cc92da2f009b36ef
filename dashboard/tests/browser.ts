/** One Chromium and one mounted dashboard for a test file, and pages that remember everything that went wrong in them. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { openMounted, type Mounted } from './mounted.ts'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface VisitOptions extends BrowserContextOptions {
  readonly as?: 'admin' | 'operatrice' | 'redactrice' | 'approbatrice' | 'lectrice' | null
  readonly language?: 'fr' | 'en'
  readonly theme?: 'light' | 'dark' | 'system'
}

export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Console errors, warnings, CSP violations and exceptions, as they come. */
  readonly faults: string[]
  /** Another tab of the same browser profile. */
  newTab(): Promise<Page>
}

export interface Stage extends AsyncDisposable {
  readonly mounted: Mounted
  visit(options?: VisitOptions): Promise<Visit>
}

export async function openStage(): Promise<Stage> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error(`no Chromium at ${executablePath}: install it with "apt-get install chromium", or set CHROMIUM`)
  if (!existsSync(new URL('../build/handler.js', import.meta.url)))
    throw new Error('the dashboard is not built: run "npm run build -w dashboard"')
  const [mounted, browser] = await Promise.all([openMounted(), chromium.launch({ executablePath, args: flags })])
  return {
    mounted,
    visit: (options = {}) => openVisit(browser, mounted.url, options),
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await mounted[Symbol.asyncDispose]()
    },
  }
}

async function openVisit(browser: Browser, url: string, options: VisitOptions): Promise<Visit> {
  const { as = 'admin', language = 'fr', theme = 'light', ...context } = options
  const profile = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    locale: language,
    timezoneId: 'Europe/Paris',
    reducedMotion: 'reduce',
    ...context,
  })
  profile.setDefaultTimeout(15_000)
  const cookies = {
    passerelle_theme: theme,
    passerelle_locale: language,
    ...(as === null ? {} : { passerelle: `session-${as}` }),
  }
  await profile.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url })))
  const faults: string[] = []
  profile.on('page', (page) => {
    page.on(
      'console',
      (message) => ['error', 'warning'].includes(message.type()) && faults.push(`${page.url()}: ${message.text()}`),
    )
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`))
  })
  const page = await profile.newPage()
  return { page, faults, newTab: () => profile.newPage(), [Symbol.asyncDispose]: () => profile.close() }
}

/** Waits until the page answers to the keyboard and the mouse. */
export async function opened(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.locator('main[data-ready="true"]').waitFor()
  await page.waitForFunction(
    () => document.querySelector('[data-live="open"]') !== null || document.querySelector('[data-live]') === null,
  )
}
