/** `npm run mutate`: a row for each guard, and one JSON object at the end. `npm run mutate -- lease` tries those that name the word. */
import { mutations } from './mutations.ts'
import { openLaboratory } from './mutate.ts'

const words = process.argv.slice(2)
const chosen = mutations.filter(
  ({ guard, file }) => words.length === 0 || words.some((word) => guard.includes(word) || file.includes(word)),
)
const start = performance.now()
let caught = 0
{
  using laboratory = openLaboratory()
  console.log('| guard | taken out in | test that goes red | seen |\n| --- | --- | --- | --- |')
  for (const mutation of chosen) {
    const { guard, file, test } = mutation
    const tried = await laboratory.try(mutation)
    if (tried.caught) caught++
    const seen = tried.caught ? 'red' : tried.green ? '**survived**' : '**not green before**'
    console.log(`| ${guard} | \`${file}\` | ${test.name} (\`${test.file}\`) | ${seen} |`)
    if (!tried.caught) console.error(tried.output.slice(-3_000))
  }
}
const survived = chosen.length - caught
console.log(JSON.stringify({ guards: chosen.length, caught, survived, seconds: Math.round((performance.now() - start) / 1_000) }))
process.exitCode = survived === 0 && chosen.length > 0 ? 0 : 1
