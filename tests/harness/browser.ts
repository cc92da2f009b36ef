/** A real Chromium before the gateway's own server: people who are logged in, and everything that went wrong in their pages. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type ConsoleMessage, type Page } from 'playwright-core'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
]
/** Set to a folder to look at what the tests saw. */
const screenshots = process.env['SCREENSHOTS']

export interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What the console and the policy complained of, and calls to anywhere else. */
  readonly faults: string[]
  look(name: string): Promise<void>
}

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath}: install it, or set CHROMIUM`)
  return chromium.launch({ executablePath, args: flags })
}

export interface VisitOptions {
  readonly url: string
  /** What a login answered with. */
  readonly headers: Readonly<Record<string, string>>
  readonly language?: 'en' | 'fr'
  readonly javaScript?: boolean
}

/** On a slow machine Chromium notes that Bull Board's page preloads what it does not use at once; nobody sees that. */
const isFault = (message: ConsoleMessage) =>
  ['error', 'warning'].includes(message.type()) && !/was preloaded using link preload but not used/.test(message.text())

export async function visit(
  browser: Browser,
  { url, headers, language = 'en', javaScript = true }: VisitOptions,
): Promise<Visit> {
  const [cookie = '', session = ''] = (headers['Cookie'] ?? '').split('=')
  const context = await browser.newContext({
    baseURL: url,
    locale: language,
    viewport: { width: 1280, height: 800 },
    javaScriptEnabled: javaScript,
  })
  context.setDefaultTimeout(10_000)
  const cookies = { [cookie]: session, passerelle_locale: language }
  await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url })))
  const faults: string[] = []
  context.on('console', (message) => isFault(message) && faults.push(message.text()))
  context.on('request', (request) => request.url().startsWith(`${url}/`) || faults.push(request.url()))
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  return {
    page,
    context,
    faults,
    async look(name) {
      if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${name}.png` })
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}
