/** What @lezer/generator makes of a grammar when the dashboard is built. */
declare module '*.grammar' {
  export const parser: import('@lezer/lr').LRParser
}
