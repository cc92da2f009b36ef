/** Certificates of test servers: signed by themselves, so that a client has to be told to trust exactly this one. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes `key.pem` and `ca.pem` for localhost, 127.0.0.1 and further addresses into the folder; returns the certificate (PEM). */
export function makeCertificate(folder: string, addresses: readonly string[] = []): string {
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'ca.pem')
  const names = ['DNS:localhost', ...['127.0.0.1', ...addresses].map((address) => `IP:${address}`)].join(',')
  const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' })
  return readFileSync(certificate, 'utf8')
}
