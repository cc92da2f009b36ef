/**
 * The API's description as one page of plain HTML: no script, nothing from elsewhere. Everything that is not markup passes through
 * the `html` template, which escapes it.
 */
import type { JsonSchema } from '@valibot/to-json-schema'
import { html, raw } from 'hono/html'
import type { Body, DescribedOperation, OpenApiDocument } from './document.ts'
import { css } from './page-style.ts'

type Html = ReturnType<typeof html>

export function descriptionPage({ info, paths, components }: OpenApiDocument): Html {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title} API ${info.version}</title>
        ${raw(`<style>${css}</style>`)}
      </head>
      <body>
        <header>
          <h1>${info.title} API <small>${info.version}</small></h1>
          <p>${info.description}</p>
          <p>For programs: <a href="/api/v1/openapi.json">openapi.json</a></p>
        </header>
        <nav aria-label="Operations">
          <ul>
            ${all.map(({ path, method, operation }) => html`<li><a href="#${operation.operationId}">${verb(method)} ${path}</a> ${operation.summary}</li>`)}
            <li><a href="#schemas">Schemas</a></li>
          </ul>
        </nav>
        <main>
          ${all.map(({ path, method, operation }) => operationSection(path, method, operation))}
          <h2 id="schemas">Schemas</h2>
          ${Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema))}
        </main>
      </body>
    </html>`
}

const verb = (method: string) => html`<b class="verb">${method.toUpperCase()}</b>`

function operationSection(path: string, method: string, operation: DescribedOperation): Html {
  const { operationId, summary, description = '', security, parameters, requestBody, responses } = operation
  const ways = security.flatMap((way) => Object.keys(way))
  return html`<section id="${operationId}" aria-labelledby="${operationId}-title">
    <h2 id="${operationId}-title">${verb(method)} <code>${path}</code></h2>
    <p><strong>${summary}.</strong></p>
    ${description.split('\n\n').map((paragraph) => html`<p>${paragraph}</p>`)}
    <p>Credentials: ${ways.length === 0 ? 'none' : ways.join(', or ')}.</p>
    ${
      parameters.length === 0
        ? ''
        : table(
            `Parameters of ${operationId}`,
            ['Name', 'In', 'Form', 'Meaning'],
            parameters.map(({ name, in: place, required, schema, description: about }) => [
              html`<code>${name}</code>${required ? ', required' : ''}`,
              place,
              form(schema),
              about,
            ]),
          )
    }
    ${
      requestBody === undefined
        ? ''
        : html`<h3>Body</h3>
            <p>${contents(requestBody)} ${requestBody.description}</p>`
    }
    ${table(
      `Answers of ${operationId}`,
      ['Status', 'Content', 'Meaning'],
      Object.entries(responses).map(([status, answer]) => [html`<code>${status}</code>`, contents(answer), answer.description]),
    )}
  </section>`
}

function schemaSection(name: string, schema: JsonSchema): Html {
  const { description, properties } = schema
  const required = new Set(schema.required)
  return html`<section id="schema-${name}" aria-labelledby="schema-${name}-title">
    <h3 id="schema-${name}-title">${name}</h3>
    ${description === undefined ? '' : html`<p>${description}</p>`}
    ${
      properties === undefined
        ? html`<p>${form(schema)}</p>`
        : table(
            `Members of ${name}`,
            ['Name', 'Form', 'Meaning'],
            Object.entries(properties).map(([member, inner]) => [
              html`<code>${member}</code>${required.has(member) ? '' : ', optional'}`,
              form(inner),
              typeof inner === 'object' ? (inner.description ?? '') : '',
            ]),
          )
    }
  </section>`
}

type Cell = Html | string

function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first, ...others]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${others.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function contents({ content = {} }: Body): Html {
  const entries = Object.entries(content)
  if (entries.length === 0) return html`no body`
  return html`${entries.map(([type, { schema }], index) => html`${index === 0 ? '' : html`<br />`}<code>${type}</code>: ${form(schema)}`)}`
}

/** A schema in a few words, with links to those that have a name. */
function form(schema: JsonSchema | boolean): Cell {
  if (typeof schema === 'boolean') return 'anything'
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return html`<a href="#schema-${name}">${name}</a>`
  }
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return joined(options.map(form), ' or ')
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((value) => html`<code>${typeof value === 'string' ? value : JSON.stringify(value)}</code>`),
      ' | ',
    )
  if (schema.type === 'array') return html`list of ${form((schema.items as JsonSchema | undefined) ?? true)}`
  if (schema.properties !== undefined)
    return html`{
    ${joined(
      Object.entries(schema.properties).map(([name, inner]) => html`${name}: ${form(inner)}`),
      ', ',
    )}
    }`
  if (schema.type === 'object') return html`object of ${form(schema.additionalProperties ?? true)} by name`
  return bounded(schema)
}

function bounded({ type, format, minLength, maxLength, minimum, maximum, default: standard }: JsonSchema): string {
  const range = (what: string, least: number | undefined, most: number | undefined) => {
    if (least !== undefined && most !== undefined) return `${least} to ${most}${what}`
    if (most !== undefined) return `${most}${what} at most`
    return least === undefined ? undefined : `${least}${what} at least`
  }
  const notes = [
    format,
    range(' characters', minLength, maxLength),
    range('', minimum, maximum),
    standard === undefined ? undefined : `${JSON.stringify(standard)} when left out`,
  ].filter((note) => note !== undefined)
  const name = typeof type === 'string' ? type : 'anything'
  return notes.length === 0 ? name : `${name} (${notes.join(', ')})`
}

function joined(parts: readonly Cell[], separator: string): Html {
  return html`${parts.map((part, index) => html`${index === 0 ? '' : separator}${part}`)}`
}
