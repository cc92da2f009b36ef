/**
 * The editor of rule sets and of their tests: CodeMirror with our languages, completion and problems. Loaded when a page edits, never
 * before; without it the form's text field does the same work.
 */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionContext,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import type { RuleProblemView } from '../api.ts'
import type { Locale } from '../i18n/locale.ts'
import { findOnDemand } from './find.ts'
import { casesLanguage, ruleSetLanguage } from './language.ts'
import { isExpression, placeAt } from './place.ts'
import { toDiagnostics } from './problems.ts'
import { look } from './look.ts'
import { typeOverLines } from './typing.ts'
import { caseEntries, expressionWords, ruleEntries, type Known, type Word } from './words.ts'

export interface EditorOptions {
  readonly document: 'rules' | 'cases'
  readonly text: string
  readonly label: string
  readonly locale: Locale
  /** CodeMirror's own words in the reader's language, by its English ones. */
  readonly phrases: Readonly<Record<string, string>>
  readonly known: () => Known
  /** What a function is for, in the reader's language. */
  readonly explain: (word: Word) => string | null
  readonly onchange: (text: string) => void
  readonly onsave: () => void
}

export interface Editor {
  readonly text: () => string
  show(problems: readonly RuleProblemView[]): void
  /** Puts the cursor at a place, from 1, and shows it. */
  goTo(line: number, column: number): void
  insert(text: string): void
  close(): void
}

const kinds: Readonly<Record<Word['kind'], string>> = {
  key: 'property',
  word: 'enum',
  function: 'function',
  attribute: 'variable',
  computed: 'constant',
}

/** What may be written here; a key brings its colon, a function its bracket. */
function complete(options: EditorOptions) {
  return (context: CompletionContext) => {
    const before = context.state.sliceDoc(0, context.pos)
    const place = placeAt(before)
    const expression = options.document === 'rules' && place.kind === 'value' && isExpression(place.path)
    const typed = context.matchBefore(expression ? /\$?\w*/ : /[\w-]*/)
    if (typed === null || (typed.from === typed.to && !context.explicit && !/[.$]$/.test(before))) return null
    const entries = options.document === 'rules' ? ruleEntries : caseEntries
    const found = expression ? expressionWords(before, options.known()) : entries(place.path, place.kind)
    return {
      from: typed.from,
      validFor: /^\$?[\w-]*$/,
      options: found.map((word) => {
        const info = options.explain(word)
        const label = word.label
        const apply = word.kind === 'function' ? `${label}(` : place.kind === 'key' && !expression ? `${label}: ` : label
        return {
          label,
          type: kinds[word.kind],
          apply,
          ...(word.detail === undefined ? {} : { detail: word.detail }),
          ...(info === null ? {} : { info }),
        }
      }),
    }
  }
}

function extensions(options: EditorOptions): readonly Extension[] {
  const nonce = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? ''
  return [
    EditorView.cspNonce.of(nonce),
    EditorState.phrases.of({ ...options.phrases }),
    EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0', spellcheck: 'false', autocorrect: 'off' }),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    findOnDemand(),
    typeOverLines(),
    lintGutter(),
    options.document === 'rules' ? ruleSetLanguage() : casesLanguage(),
    syntaxHighlighting(classHighlighter),
    autocompletion({ override: [complete(options)], icons: false }),
    EditorView.lineWrapping,
    look,
    EditorView.updateListener.of((update) => update.docChanged && options.onchange(update.state.doc.toString())),
    keymap.of([
      { key: 'Mod-s', preventDefault: true, run: () => (options.onsave(), true) },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
  ]
}

export function openEditor(parent: HTMLElement, options: EditorOptions): Editor {
  const view = new EditorView({ parent, state: EditorState.create({ doc: options.text, extensions: [...extensions(options)] }) })
  return {
    text: () => view.state.doc.toString(),
    show: (problems) => view.dispatch(setDiagnostics(view.state, [...toDiagnostics(view.state.doc, problems, options.locale)])),
    goTo(line, column) {
      const { from, to } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines))
      view.dispatch({ selection: { anchor: Math.min(from + column - 1, to) }, scrollIntoView: true })
      view.focus()
    },
    insert: (text) => view.dispatch(view.state.replaceSelection(text)),
    close: () => view.destroy(),
  }
}
