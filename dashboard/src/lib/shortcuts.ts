/** Single-key shortcuts: what a key means on a page. They never fire in fields, with modifiers, or when people turned them off. */
export type Command = 'search' | 'next' | 'previous' | 'help' | 'flows' | 'rules' | 'todo' | 'queues'

const single: Readonly<Record<string, Command>> = { '/': 'search', j: 'next', k: 'previous', '?': 'help' }
const afterG: Readonly<Record<string, Command>> = { f: 'flows', r: 'rules', t: 'todo', q: 'queues' }
const patience = 1200

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'timeStamp' | 'isComposing' | 'defaultPrevented'>

/** Remembers a `g` for a moment; give it each key press that is not meant for a field. */
export function createShortcuts(): (key: Key) => Command | null {
  let pressedG = -Infinity
  return (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || key.isComposing || key.defaultPrevented) return null
    const follows = key.timeStamp - pressedG < patience
    pressedG = key.key === 'g' && !follows ? key.timeStamp : -Infinity
    return (follows ? afterG[key.key] : single[key.key]) ?? null
  }
}

export function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}
