/** Typing over several selected lines, which Chromium would do by itself with style attributes that the page's policy refuses. */
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'

export function typeOverLines(): Extension {
  return EditorView.domEventHandlers({
    beforeinput(event, view) {
      const { state } = view
      const { from, to } = state.selection.main
      const isOne = state.doc.lineAt(from).number === state.doc.lineAt(to).number
      if (event.inputType !== 'insertText' || event.data === null || isOne || view.composing) return false
      event.preventDefault()
      view.dispatch(state.update(state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true }))
      return true
    },
  })
}
