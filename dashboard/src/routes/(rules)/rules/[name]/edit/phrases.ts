/** CodeMirror's own words, which are English, in the reader's language. */
import type { Translate } from '#lib/i18n/translate.ts'

export function phrases(t: Translate): Readonly<Record<string, string>> {
  return {
    Find: t('codemirror.find'),
    Replace: t('codemirror.replaceBy'),
    next: t('codemirror.next'),
    previous: t('codemirror.previous'),
    all: t('codemirror.all'),
    'match case': t('codemirror.case'),
    'by word': t('codemirror.word'),
    regexp: t('codemirror.regexp'),
    replace: t('codemirror.replace'),
    'replace all': t('codemirror.replaceAll'),
    close: t('codemirror.close'),
    'current match': t('codemirror.current'),
    'on line': t('codemirror.onLine'),
    'replaced $ matches': t('codemirror.replacedAll'),
    'replaced match on line $': t('codemirror.replacedOne'),
    'Go to line': t('codemirror.goToLine'),
    go: t('codemirror.go'),
    Diagnostics: t('codemirror.problems'),
    'No diagnostics': t('codemirror.noProblems'),
    Completions: t('codemirror.completions'),
    'Control character': t('codemirror.control'),
    'Selection deleted': t('codemirror.deleted'),
    'Unfold line': t('codemirror.unfold'),
  }
}
