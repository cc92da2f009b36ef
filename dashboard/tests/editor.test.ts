/** Writing rules: what the editor says while one types, and what is saved, also without JavaScript. */
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openStage, type Stage } from './browser.ts'

let stage: Stage
before(async () => (stage = await openStage()))
after(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.mounted.api.rules.reset())

const draftOf = (name: string) => stage.mounted.api.rules.versions(name)[0]
const editorOf = (page: Page, name = 'Règles') => page.locator(`.cm-content[aria-label="${name}"]`)

async function openEditorPage(page: Page, name = 'collaborateurs'): Promise<void> {
  await page.goto(`/rules/${name}/edit`)
  await page.locator('[data-editor="ready"]').nth(1).waitFor({ state: 'attached' })
}

/** Puts the cursor behind a text that stands in the editor. */
async function behind(page: Page, text: string, name = 'Règles'): Promise<void> {
  await editorOf(page, name).focus()
  await page.keyboard.press('Control+f')
  const find = page.locator('.cm-search input[name="search"]')
  await find.fill('')
  await find.pressSequentially(text)
  await find.press('Enter')
  await find.press('Escape')
  await page.keyboard.press('ArrowRight')
}

test('a mistake is underlined where it is, explained, and leads there; when it is mended the preview is of the new text', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await openEditorPage(page)
  const preview = page.getByRole('region', { name: 'Aperçu' })
  await preview.getByText('zmuller@exemple.fr').first().waitFor()

  await behind(page, 'identity.login & (')
  await page.keyboard.type('$slgu(')
  const problems = page.getByRole('region', { name: 'Problèmes' })
  await problems.getByRole('button').first().waitFor()
  const underlined = await page.locator('.cm-lintRange-error, .cm-lintPoint-error').count()
  await page.keyboard.press('Control+z')
  await problems.getByText('aucun').waitFor()
  await behind(page, "'@exemple.fr'")
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.type('ance')
  await preview.getByText('zmuller@exemple.france').first().waitFor()

  assert.ok(underlined > 0)
  assert.deepEqual(visit.faults, [])
})

test('what is wrong is told in the reader’s language, beside the words of a library that say more', async () => {
  const told = async (language: 'fr' | 'en') => {
    await using visit = await stage.visit({ as: 'redactrice', language })
    const { page } = visit
    await openEditorPage(page)
    const [rules, region] = language === 'fr' ? ['Règles', 'Problèmes'] : ['Rules', 'Problems']
    await behind(page, 'identity.login & (', rules)
    await page.keyboard.type('$slgu(')
    const problems = page.getByRole('region', { name: region }).locator('li p')
    await problems.first().waitFor()
    const ours = await problems.allInnerTexts()
    const underlined = page.locator('.cm-lintRange-error').first()
    await underlined.hover()
    const hint = await page.locator('.cm-tooltip-lint').first().innerText()
    await page.keyboard.press('Control+z')
    await behind(page, 'targets:', rules)
    await page.keyboard.press('Enter')
    await page.keyboard.type('\tx: [')
    await page.getByRole('region', { name: region }).getByText('Tabs are not').first().waitFor()
    const theirs = await problems.locator('[lang="en"]').allInnerTexts()
    return { ours: ours.join(), hint, theirs: theirs.length, faults: visit.faults }
  }

  const [french, english] = [await told('fr'), await told('en')]

  assert.match(french.ours, /ce n’est pas une expression JSONata : attendu/)
  assert.match(french.hint, /ce n’est pas une expression JSONata/)
  assert.ok(french.theirs > 0)
  assert.match(english.ours, /not a JSONata expression: Expected/)
  assert.match(english.hint, /not a JSONata expression/)
  assert.equal(english.theirs, 0)
  assert.deepEqual([french.faults, english.faults], [[], []])
})

test('attributes, computed values and functions are suggested inside expressions, entries outside of them', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await openEditorPage(page)
  const suggested = async (one: string) => {
    await page.locator('.cm-completionLabel').getByText(one, { exact: true }).waitFor()
    const labels = await page.locator('.cm-tooltip-autocomplete .cm-completionLabel').allInnerTexts()
    await page.keyboard.press('Escape')
    return labels
  }

  await behind(page, 'uid: identity.login')
  await page.keyboard.press('Enter')
  await page.keyboard.type('x: identity.')
  const computed = await suggested('nomComplet')
  await page.keyboard.type('login & $pho')
  const functions = await suggested('$phone')
  await page.keyboard.press('Enter')
  await page.keyboard.type('y: { value: perso')
  const attributes = await suggested('personalNumber')
  await page.keyboard.type('nalNumber, onNull: ')
  await page.keyboard.press('Control+Space')
  const words = await suggested('keep')

  assert.deepEqual(computed.toSorted(), ['courriel', 'login', 'nomComplet'])
  assert.deepEqual([functions, attributes], [['$phone'], ['personalNumber']])
  assert.deepEqual(words.toSorted(), ['clear', 'error', 'keep'])
  assert.deepEqual(visit.faults, [])
})

test('the tests run on each change, and a red one leads to its line', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await openEditorPage(page)
  const tests = page.getByRole('region', { name: 'Essais' })
  await tests.getByText('1 en échec sur 4').waitFor()
  await tests.getByText('"soconnor@ext.exemple.fr"').waitFor()
  await tests.getByRole('button', { name: 'ligne 12' }).click()
  await page.getByRole('tab', { name: 'Essais', selected: true }).waitFor()
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Essais')
  const line = await page.locator('#document-cases .cm-activeLine').innerText()
  await behind(page, 'courriel: soconnor@', 'Essais')
  await page.keyboard.type('ext.')
  await tests.getByText('4 essais réussis').waitFor()

  assert.match(line, /un externe n'a pas de badge/)
  assert.deepEqual(visit.faults, [])
})

test('a past request, or a person, is previewed instead of a test', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await openEditorPage(page)
  const preview = page.getByRole('region', { name: 'Aperçu' })

  await preview.getByLabel('Pour').selectOption({ label: 'Arrivée de Zoé Müller' })
  await preview.getByText('adurand@exemple.fr').first().waitFor()
  await preview.getByLabel('Pour').selectOption('person')
  await preview.getByLabel('Identifiant').fill('personne')
  await preview.getByText('n’a pas été trouvée').waitFor()
  await preview.getByLabel('Identifiant').fill('P10454')
  await preview.getByText('adurand@exemple.fr').first().waitFor()

  assert.deepEqual(visit.faults, [])
})

test('Ctrl+S saves and keeps writing; leaving with changes asks first', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await openEditorPage(page)
  await editorOf(page).focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# relu\n')
  await page.getByText('Changements non enregistrés').waitFor()
  await page.getByRole('link', { name: 'collaborateurs' }).click()
  await page.getByRole('dialog', { name: 'Quitter sans enregistrer ?' }).getByRole('button', { name: 'Rester' }).click()

  await editorOf(page).focus()
  await page.keyboard.press('Control+s')
  await page.getByText('Le brouillon est enregistré (version 15).').waitFor()
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await page.keyboard.type('# perdu\n')
  await page.getByRole('link', { name: 'collaborateurs', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Quitter sans enregistrer' }).click()
  await page.getByRole('heading', { name: 'collaborateurs', exact: true }).waitFor()

  assert.match(draftOf('collaborateurs')?.text ?? '', /^# relu\n# Comptes/)
  assert.equal(focused, 'Règles')
  assert.deepEqual(visit.faults, [])
})

test('when somebody else saved meanwhile nothing is lost: it is said, and saving again replaces knowingly', async () => {
  await using first = await stage.visit({ as: 'redactrice' })
  await using second = await stage.visit({ as: 'admin' })
  for (const [{ page }, text] of [
    [first, '# de redactrice\n'],
    [second, '# de admin\n'],
  ] as const) {
    await openEditorPage(page)
    await editorOf(page).focus()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type(text)
  }
  await first.page.getByRole('button', { name: 'Enregistrer le brouillon' }).click()
  await first.page.getByText('Le brouillon est enregistré').waitFor()
  await second.page.getByRole('button', { name: 'Enregistrer le brouillon' }).click()
  await second.page.getByText('Quelqu’un d’autre a enregistré entre-temps.').waitFor()
  const kept = draftOf('collaborateurs')?.text ?? ''
  await second.page.getByRole('button', { name: 'Remplacer par mon texte' }).click()
  await second.page.getByText('Le brouillon est enregistré').waitFor()

  assert.match(kept, /^# de redactrice\n/)
  assert.match(draftOf('collaborateurs')?.text ?? '', /^# de admin\n# Comptes/)
})

test('without JavaScript the text is checked, previewed and saved', async () => {
  await using visit = await stage.visit({ as: 'redactrice', javaScriptEnabled: false })
  const { page } = visit
  await page.goto('/rules/collaborateurs/edit')
  const field = page.locator('textarea[name="text"]')
  const text = await field.inputValue()
  await field.fill(text.replace('nomComplet: $join', 'nomComplet: $jion'))
  await page.getByRole('button', { name: 'Vérifier et prévisualiser' }).click()
  await page.getByText('1 problème').first().waitFor()
  await field.fill(text.replaceAll('exemple.fr', 'exemple.org'))
  await page.getByRole('button', { name: 'Vérifier et prévisualiser' }).click()
  await page.getByText('zmuller@exemple.org').first().waitFor()
  await page.getByLabel('Ce qui change').fill('Nouveau domaine')
  await page.getByRole('button', { name: 'Enregistrer le brouillon' }).click()
  await page.getByText('Le brouillon est enregistré').waitFor()

  assert.equal(draftOf('collaborateurs')?.text, text.replaceAll('exemple.fr', 'exemple.org'))
  assert.equal(draftOf('collaborateurs')?.comment, 'Nouveau domaine')
})

test('the editor can be left by the keyboard, keys of the page do nothing in it, and its suggestions are accessible', async () => {
  await using visit = await stage.visit({ as: 'redactrice', language: 'en' })
  const { page } = visit
  await openEditorPage(page)
  await editorOf(page, 'Rules').focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('gf\n')
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Shift+End')
  await page.keyboard.type('tar')
  await page.locator('.cm-tooltip-autocomplete').waitFor()
  const found = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  const inside = await page.evaluate(() => document.activeElement?.closest('.cm-editor') !== null)

  assert.deepEqual(
    found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.target.join(' ')}`),
    [],
  )
  assert.match(page.url(), /\/edit$/)
  assert.equal(inside, false)
})

test('what is typed over several lines replaces them, and the page’s policy has nothing to complain of', async () => {
  await using visit = await stage.visit({ as: 'redactrice' })
  const { page } = visit
  await openEditorPage(page)
  await editorOf(page).focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(`name: collaborateurs\ntargets:\n  annuaire:\n    correlate: { uid: login }\n`)
  await page.getByRole('region', { name: 'Problèmes' }).getByText('aucun').waitFor()
  await page.keyboard.press('Control+s')
  await page.getByText('Le brouillon est enregistré').waitFor()

  assert.equal(draftOf('collaborateurs')?.text, 'name: collaborateurs\ntargets:\n  annuaire:\n    correlate: { uid: login }\n')
  assert.deepEqual(visit.faults, [])
})
