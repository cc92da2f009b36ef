/** Which of the product's two languages a reader gets: the profile's, else the cookie's, else the browser's, else French. */
export type Locale = 'fr' | 'en'

export function isLocale(value: unknown): value is Locale {
  return value === 'fr' || value === 'en'
}

/** The first language of an `Accept-Language` header that we speak, by weight (RFC 9110 §12.5.4); null when there is none. */
export function preferredLocale(header: string | null): Locale | null {
  const ranges = (header ?? '')
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().split(';')
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)/.exec(parameter)?.[1]).find((found) => found !== undefined)
      return { language: tag.toLowerCase().split('-')[0], weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight)
  for (const { language } of ranges) if (isLocale(language)) return language
  return null
}
