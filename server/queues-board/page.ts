/**
 * Bull Board's page as we serve it: in the person's language, with our script before its own, without fonts from elsewhere, and under
 * a policy that lets it load and reach nothing but this server.
 */
import { GatewayError } from '#core/errors.ts'

export const script = 'operator.js'

/** Bull Board styles elements one by one, so inline styles are let through; scripts are not. */
export const policy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data:`,
  `font-src 'self'`,
  `connect-src 'self'`,
  `base-uri 'self'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

/** @param html the page as Bull Board renders it; throws `internal` when a newer version's page has no place for our script */
export function dressPage(html: string, language: 'en' | 'fr'): string {
  const place = '<link href="static/css/'
  if (!html.includes(place) || !html.includes('"lng":"en-US"'))
    throw new GatewayError('internal', 'the page of Bull Board is not as expected: its version and server/queues-board differ')
  return html
    .replaceAll(/<link href="https:[^>]*>\s*/g, '')
    .replace(place, () => `<script src="${script}"></script>\n${place}`)
    .replace('<html lang="en"', `<html lang="${language}"`)
    .replace('"lng":"en-US"', `"lng":"${language === 'fr' ? 'fr-FR' : 'en-US'}"`)
}
