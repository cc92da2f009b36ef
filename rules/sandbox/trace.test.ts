import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import jsonata from 'jsonata'
import { compileSlot, runJob, type Outcome } from './evaluator.ts'
import { spansOf } from './spans.ts'
import type { Trace } from './trace.ts'

const hooks = {
  mark: () => undefined,
  ask: async ({ candidates }: { readonly candidates: readonly string[] }) => candidates[0] ?? null,
}

function run(expression: string, root: object, traced: readonly number[]): Promise<Outcome> {
  const slots = [compileSlot({ expression, store: null }, 30_000)]
  const job = {
    root: structuredClone({ request: {}, ...root }),
    slots: [0],
    guards: [-1],
    tables: () => undefined,
    traced: new Set(traced),
  }
  return runJob(slots, ['t'], job, hooks)
}

async function trace(expression: string, root: object = {}): Promise<Trace> {
  const outcome = await run(expression, root, [0])
  assert.ok('traces' in outcome, JSON.stringify(outcome))
  return outcome.traces[0]!
}

const told = (expression: string, { parts }: Trace) =>
  parts.map(({ start, end, value, branch }) => [expression.slice(start, end), value, ...(branch === null ? [] : [branch])])

const ada = { givenName: 'Ada', title: 'Chef', type: 'external', groups: ['a', 'b'], phones: [{ n: '1', w: true }, { n: '2' }] }

test('every part is told with its text and its value, the outermost first, and which way a condition went', async () => {
  const expression = "$exists(title) ? $proper(title) & ' (ext)' : 'n/a'"

  assert.deepEqual(told(expression, await trace(expression, ada)), [
    [expression, 'Chef (ext)', 'then'],
    ['$exists(title)', true],
    ['title', 'Chef'],
    ["$proper(title) & ' (ext)'", 'Chef (ext)'],
    ['$proper(title)', 'Chef'],
    ['title', 'Chef'],
  ])
  assert.deepEqual(told(expression, await trace(expression)), [
    [expression, 'n/a', 'else'],
    ['$exists(title)', false],
    ['title', null],
  ])
  const open = "['everyone', type = 'external' ? 'externals']"
  assert.deepEqual(told(open, await trace(open, { type: 'internal' })).at(1), ["type = 'external' ? 'externals'", null, 'else'])
})

test('conditions within conditions, short forms and rounds of a loop each tell their own way', async () => {
  const nested = "type = 'x' ? 1 : type = 'external' ? (title ? 2 : 3) : 4"
  const ways = (await trace(nested, ada)).parts.flatMap(({ branch }) => branch ?? [])
  const short = "nickName ?: givenName ?? 'x'"
  const loop = "$map(groups, function($g) { $g = 'a' ? 'first' : 'other' })"

  assert.deepEqual(ways, ['else', 'then', 'then'])
  assert.deepEqual(told(short, await trace(short, ada))[0], [short, 'Ada', 'else'])
  assert.deepEqual(
    told(loop, await trace(loop, ada)).filter(([, , branch]) => branch !== undefined),
    [
      ["$g = 'a' ? 'first' : 'other'", 'first', 'then'],
      ["$g = 'a' ? 'first' : 'other'", 'other', 'else'],
    ],
  )
})

test('what was read is told by name, secrets by theirs, and what is deeper in a value is no attribute', async () => {
  const { inputs } = await trace("$exists(password) ? phones[w].n & title & request.kind & missing & $$.type : ''", {
    ...ada,
    request: { kind: 'create' },
    password: { $secret: 'password' },
  })

  assert.deepEqual(
    inputs.map(({ name, value }) => [name, value]),
    [
      ['password', { $secret: 'password' }],
      ['phones', [{ n: '1', w: true }, { n: '2' }]],
      ['title', 'Chef'],
      ['request.kind', 'create'],
      ['missing', null],
      ['type', 'external'],
    ],
  )
})

test('a loop over thousands, a huge text and a deep value are told in short', async () => {
  const many = await trace('$count($map([1..3000], function($i) { $i * 2 & $string($i) & $pad("x", 500) }))', {})
  const deep = await trace('{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}.a', {})

  assert.ok(many.parts.length < 60, String(many.parts.length))
  assert.ok(JSON.stringify(many).length < 60_000, String(JSON.stringify(many).length))
  assert.deepEqual(deep.parts[0]?.value, { b: { c: { d: { e: '…' } } } })
})

const leaf = fc.constantFrom(
  ...['title', 'givenName', 'missing', 'groups', 'phones.n', 'phones[w].n', 'phones[0]', '`type`', '$$.title', 'groups[]'],
  ...["'a(b'", '"]}"', '1.5', '-2', 'true', 'null', '[1..3]', '/a\\/b(c)/', 'type /* ( */'],
)
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression')
  const form = (...parts: readonly string[]) =>
    fc.tuple(inner, inner, inner).map(([a, b, c]) => parts.join('').replaceAll('A', a).replaceAll('B', b).replaceAll('C', c))
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      ...[
        'A & B',
        '(A = B)',
        '(A ? B : C)',
        '(A ?: B)',
        '(A ?? B)',
        '[A, B]',
        '{"k": A}',
        '(A and B)',
        '$string(A)',
        '$exists(A)',
      ].map((text) => form(text)),
      ...[
        '($x := A; $x & B)',
        '$map(A, function($v) { $v & "z" })',
        '(A)[B]',
        '$count(A) / 2 / 1',
        '(A ~> $string)',
        '$contains(A, /x(/]/)',
        '$lowercase(A)',
        '(A).(B)',
        '$filter(A, function($v, $i) { $i = 0 })',
        'groups^($)',
        '$sort(A)',
        '(A){type: B}',
        '-$count(A)',
        '$slug(A)',
      ].map((text) => form(text)),
    ),
  }
})

test('watching an expression changes nothing: the same result or the same error, and every part that stands for itself is what it says', async () => {
  let parts = 0
  await fc.assert(
    fc.asyncProperty(expression, async (source) => {
      const [plain, watched] = await Promise.all([run(source, ada, []), run(source, ada, [0])])
      if ('code' in plain) return assert.deepEqual(watched, plain)
      assert.ok('results' in watched, JSON.stringify(watched))
      assert.deepEqual(watched.results, plain.results, source)
      const [{ parts: found } = { parts: [] }] = watched.traces
      for (const { start, end } of found) {
        // Whatever is told must be an expression by itself, and be read as the same part.
        jsonata(source.slice(start, end))
        parts++
      }
    }),
    { numRuns: 1_500 },
  )
  assert.ok(parts > 5_000, `only ${parts} parts were looked at`)
})

test('a part that depends on nothing around it has the value that it has alone', async () => {
  const alone = fc.constantFrom(
    'A & B',
    '[A, B]',
    '(A ? B : A)',
    '$string(A)',
    '$exists(A)',
    '{"k": A}',
    '$slug($string(A))',
    '(A = B)',
  )
  const simple = fc
    .tuple(alone, alone, leaf, leaf)
    .map(([outer, inner, a, b]) => outer.replaceAll('A', `(${inner.replaceAll('A', a).replaceAll('B', b)})`).replaceAll('B', b))
  await fc.assert(
    fc.asyncProperty(simple, async (source) => {
      const outcome = await run(source, ada, [0])
      if (!('traces' in outcome)) return
      for (const { start, end, value } of outcome.traces[0]?.parts ?? []) {
        const text = source.slice(start, end)
        // Names and filters within a path are read in that path.
        if (/^(n|w)$/.test(text)) continue
        const own = await run(text, ada, [0])
        // A part may be what no result can be, such as a regular expression.
        if (!('traces' in own)) continue
        assert.deepEqual(own.traces[0]?.parts[0]?.value, value, `${text} in ${source}`)
      }
    }),
    { numRuns: 1_500 },
  )
})

test('the text of a part is found behind brackets in texts, names, comments and regular expressions', () => {
  const source = `$replace(\`a)b\`, /["/]\\/(x)/, ')') /* ) */ & [1, ")"][0] & a / 2 / (3)`
  const ast = jsonata(source).ast()
  const texts = [...spansOf(ast, source).values()].map(({ start, end }) => source.slice(start, end))

  for (const text of [source, `$replace(\`a)b\`, /["/]\\/(x)/, ')')`, `[1, ")"][0]`, 'a / 2 / (3)', '`a)b`', '(3)'])
    assert.ok(texts.includes(text), `${text} is not among ${JSON.stringify(texts)}`)
})
