/** Two texts beside each other, read only, with what changed marked; what did not is folded. */
import { foldGutter, syntaxHighlighting } from '@codemirror/language'
import { MergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, lineNumbers } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { ruleSetLanguage } from './language.ts'
import { look } from './look.ts'

interface Side {
  readonly text: string
  readonly label: string
}

/** Returns what closes it. */
export function openComparison(parent: HTMLElement, before: Side, after: Side, unchanged: (count: number) => string): () => void {
  const nonce = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? ''
  const extensions = (label: string): Extension[] => [
    EditorView.cspNonce.of(nonce),
    EditorState.readOnly.of(true),
    EditorState.phrases.of({ '$ unchanged lines': unchanged(2).replace('2', '$') }),
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true' }),
    EditorView.lineWrapping,
    lineNumbers(),
    foldGutter(),
    ruleSetLanguage(),
    syntaxHighlighting(classHighlighter),
    look,
  ]
  const view = new MergeView({
    parent,
    a: { doc: before.text, extensions: extensions(before.label) },
    b: { doc: after.text, extensions: extensions(after.label) },
    collapseUnchanged: { margin: 3, minSize: 6 },
    gutter: true,
  })
  return () => view.destroy()
}
