/** Finding and replacing, loaded when somebody first asks for it: most never do. */
import { Compartment, type Extension } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'

export function findOnDemand(): Extension {
  const place = new Compartment()
  const open = (view: EditorView) => {
    void import('@codemirror/search').then(({ openSearchPanel, search, searchKeymap }) => {
      view.dispatch({ effects: place.reconfigure([search(), keymap.of(searchKeymap)]) })
      openSearchPanel(view)
    })
    return true
  }
  return place.of(keymap.of([{ key: 'Mod-f', run: open, preventDefault: true }]))
}
