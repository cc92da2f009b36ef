import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { isGatewayError, type ErrorCode } from '#core/errors.ts'
import { createProgram } from '../program.ts'
import { openSandbox } from './index.ts'

const sandbox = await openSandbox({ log: pino({ level: 'silent' }), size: 1 })
after(() => sandbox[Symbol.asyncDispose]())

function evaluate(expression: string): Promise<readonly unknown[]> {
  const program = createProgram([{ path: 'targets.t.attributes.a', at: 'rules.yaml:7:9', expression, store: null }], ['t'])
  return sandbox.evaluate(program, { root: { name: 'Zoé', empty: {} }, slots: [0], guards: [-1] }, async () => null)
}

interface End {
  readonly code: ErrorCode | null
  readonly message: string
  readonly results: readonly unknown[]
  readonly ms: number
}

async function endOf(expression: string): Promise<End> {
  const begin = performance.now()
  try {
    const results = await evaluate(expression)
    return { code: null, message: '', results, ms: performance.now() - begin }
  } catch (error) {
    if (!isGatewayError(error)) throw error
    assert.equal(error.at, error.message.startsWith('targets.t.attributes.a: ') ? 'rules.yaml:7:9' : 'must name the expression')
    return { code: error.code, message: error.message, results: [], ms: performance.now() - begin }
  }
}

const contained: readonly (readonly [attack: string, expression: string, code: ErrorCode, says: RegExp])[] = [
  ['a loop without end', '($f := function($x) { $f($x + 1) }; $f(1))', 'rule_timeout', /took too long/],
  ['a recursion without end', '($f := function($x) { 1 + $f($x) }; $f(1))', 'rule_failed', /call each other too deeply/],
  ['a list of ten million', '[1..10000000]', 'rule_failed', /list is too long/],
  ['a list that doubles', '$reduce([1..30], function($a, $b) { $append($a, $a) }, [1, 2, 3])', 'rule_failed', /list is too long/],
  [
    'nested loops',
    '$map([1..9999], function($i) { $map([1..9999], function($j) { $i * $j }) })',
    'rule_timeout',
    /took too long/,
  ],
  ['a text of a billion characters', "$pad('x', 1e9)", 'rule_failed', /\$pad makes/],
  [
    'a text that doubles',
    "$reduce([1..40], function($a, $b) { $a & $a }, 'xxxxxxxxxxxxxxxxxxxx')",
    'rule_failed',
    /text that is too long/,
  ],
  [
    'a result of five megabytes',
    "$reduce([1..19], function($a, $b) { $a & $a }, '0123456789')",
    'rule_failed',
    /more than 262144 characters/,
  ],
  ['a result of too many values', '[1..6000]', 'rule_failed', /more than 5000 values/],
  ['a deep result', '[[[[[[[[[1]]]]]]]]]', 'rule_failed', /nested deeper/],
  ['a huge $join', "$join($map([1..9999], function($i) { $pad('x', 9999) }), ',')", 'rule_timeout', /took too long|took longer/],
  [
    'a $filter within a $map within a $sift',
    "$sift({ 'a': 1 }, function($v) { $count($map([1..9999], function($i) { $count($filter([1..9999], function($j) { $j > $i })) })) > 0 })",
    'rule_timeout',
    /took too long|took longer/,
  ],
  [
    'a replacement that grows with each match',
    "$reduce([1..9], function($a, $b) { $replace($a, /x/, 'xxxxxxxxxxxxxxxxxxxx') }, 'x')",
    'rule_timeout',
    /took too long|took longer/,
  ],
  [
    'a replacement by a function without end',
    "$replace('aaa', /a/, ($f := function($m) { $f($m) }))",
    'rule_timeout',
    /took too long/,
  ],
  [
    'a sort that counts for each pair',
    '$sort([1..9999], function($a, $b) { $count([1..9999]) > 0 })',
    'rule_timeout',
    /took too long|took longer/,
  ],
  [
    'a text that is split everywhere',
    "$count($map([1..500], function($i) { $split($pad('a', 9999, 'a'), /a/) }))",
    'rule_timeout',
    /took too long|took longer|list is too long/,
  ],
  ['a function that is given itself', '($y := function($f) { 1 + $f($f) }; $y($y))', 'rule_failed', /call each other too deeply/],
  ['nesting of ten thousand brackets', `${'('.repeat(9_000)}1${')'.repeat(9_000)}`, 'rule_failed', /nested|deep/],
  ['the clock under another name', '($n := $millis; $n())', 'rule_failed', /may not use \$millis/],
  ['what is above the root', '%.constructor', 'rule_failed', /./],
  [
    '$lookup in a prototype',
    "[$lookup(empty, '__proto__'), $lookup(empty, 'constructor')][0] ? 1 : $error('nothing is there')",
    'rule_failed',
    /nothing is there/,
  ],
  ['$eval', "$eval('1 + 1')", 'rule_failed', /may not use \$eval/],
  ['$eval under another name', "($e := $eval; $e('1 + 1'))", 'rule_failed', /may not use \$eval/],
  ['the clock', '$now()', 'rule_failed', /may not use \$now/],
  ['chance', '$random()', 'rule_failed', /may not use \$random/],
  ['a key named __proto__', '{ "__proto__": { "admin": true } }', 'rule_failed', /key named __proto__/],
  ['a key named constructor', '{ "constructor": 1 }', 'rule_failed', /key named constructor/],
  ['an object that passes for a function', '$map([1], { "_jsonata_lambda": true })', 'rule_failed', /reserved/],
  ['a function as result', '$uppercase', 'rule_failed', /is a function/],
  ['$fetch', "$fetch('http://127.0.0.1')", 'rule_failed', /no function or variable \$fetch/],
  ['$require', "$require('node:fs')", 'rule_failed', /no function or variable \$require/],
  ['$process', '$process.env', 'rule_failed', /no function or variable \$process/],
  ['a look-behind that RE2 refuses', '$match(name, /(?<=a)b/)', 'rule_failed', /RE2|parsing regexp/],
]

for (const [attack, expression, code, says] of contained) {
  test(`${attack} ends in a clear error and the next expression works`, async () => {
    const end = await endOf(expression)
    const next = await evaluate('name')

    assert.equal(end.code, code)
    assert.match(end.message, says)
    assert.ok(end.ms < 1500, `took ${Math.round(end.ms)} ms`)
    assert.deepEqual(next, ['Zoé'])
  })
}

test('a pattern that would backtrack for minutes is answered at once', async () => {
  const end = await endOf(`$contains('${'a'.repeat(60)}!', /^(a|aa)+$/)`)

  assert.deepEqual([end.code, end.results], [null, [false]])
  assert.ok(end.ms < 1500, `took ${Math.round(end.ms)} ms`)
})

const balloons = ["$length($reduce([1..27], function($a, $b) { $a & $a }, 'xx'))", '[1..10000].[1..10000]']

for (const expression of balloons) {
  test(`a memory balloon is stopped by memory or by time, whichever comes first: ${expression}`, async () => {
    const end = await endOf(expression)
    const next = await evaluate('name')

    assert.match(end.message, /too much memory|too long|longer than/)
    assert.ok(end.ms < 1500, `took ${Math.round(end.ms)} ms`)
    assert.deepEqual(next, ['Zoé'])
  })
}

test('a process that runs out of memory names the expression it was at', async () => {
  await using patient = await openSandbox({ log: pino({ level: 'silent' }), size: 1, memoryMb: 32, timeoutMs: 20_000 })
  const slot = (expression: string) => ({ path: `targets.t.attributes.${expression.length}`, at: null, expression, store: null })
  const program = createProgram(['1', '[1..10000].[1..10000]'].map(slot), ['t'])

  const failing = patient.evaluate(program, { root: {}, slots: [0, 1], guards: [-1, -1] }, async () => null)

  await assert.rejects(failing, { code: 'rule_failed', message: /^targets\.t\.attributes\.21: the rules used too much memory/ })
})

test('a regular expression that explodes elsewhere is answered in linear time', async () => {
  const end = await endOf(`$match('${'a'.repeat(60)}!', /^(a+)+$/)`)

  assert.deepEqual(end.results, [null])
  assert.ok(end.ms < 500, `took ${Math.round(end.ms)} ms`)
})

test('nothing of JavaScript can be read through a path', async () => {
  const paths = [
    'constructor',
    '`__proto__`',
    'empty.constructor.name',
    'name.length',
    'empty.constructor.constructor("return process")()',
    'process',
    'globalThis',
    '$lookup($$, "constructor")',
    '$keys(empty.`__proto__`)',
  ]

  const ends = await Promise.all(paths.map(endOf))

  assert.deepEqual(
    ends.map(({ results }) => results),
    paths.map(() => [null]),
  )
})

test('an attack does not leak into the next expression', async () => {
  await endOf('($uppercase := function($x) { "hijacked" }; $uppercase(name))')
  await endOf('$merge([{ "__proto__": { "polluted": 1 } }]).polluted')

  assert.deepEqual(await evaluate('$uppercase(name)'), ['ZOÉ'])
  assert.deepEqual(await evaluate('empty.polluted'), [null])
})

test('an error never quotes what an attribute holds', async () => {
  const ends = await Promise.all(
    ['$number(name)', 'name + 1', '$error("Problem with " & name)', '$sum([name])', 'name ~> 5', '$toMillis(name)'].map(endOf),
  )

  assert.deepEqual(
    ends.map(({ code }) => code),
    ends.map(() => 'rule_failed'),
  )
  assert.deepEqual(
    ends.filter(({ message }) => message.includes('Zo')),
    [],
  )
})

test('a message that stands in the rule itself is shown', async () => {
  const end = await endOf('$error("Externals need a sponsor")')

  assert.match(end.message, /Externals need a sponsor/)
})
