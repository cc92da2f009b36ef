/** The modules that `messages/plugin.ts` makes at build time. */
declare module 'virtual:messages/*' {
  const catalogue: import('#lib/i18n/translate.ts').Catalogue
  export default catalogue
}
