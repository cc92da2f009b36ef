/** What a network does to a connection with a directory, as our own error; what directories answer is for each connector to understand. */
import { GatewayError } from '#core/errors.ts'
import { directoryPhrases } from './phrases.ts'

export interface Attempt {
  /** For the message: "adding the entry". */
  readonly doing: string
  /** connect: nothing was sent yet; bind and read change nothing; write may have taken effect; password: a write that policies judge. */
  readonly kind: 'connect' | 'bind' | 'read' | 'write' | 'password'
  /** What the password policy said by its response control, where it did (draft-behera-ldap-password-policy §6.2). */
  readonly policyError?: number | undefined
}

/** Never throws; an error that is ours already passes. */
export type ToGatewayError = (error: unknown, attempt: Attempt) => GatewayError

/** Node's codes for a certificate that does not hold (node:tls), as opposed to a network that does not work. */
const certificateCode = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH|ERR_SSL|EPROTO)/

export function networkError(error: unknown, { doing, kind }: Attempt): GatewayError {
  const code = (error as { code?: unknown } | null)?.code
  const vendorCode = typeof code === 'string' ? { vendorCode: code } : {}
  if (typeof code === 'string' && certificateCode.test(code))
    return new GatewayError('config', `${doing}: the directory's certificate is not accepted (${code})`, {
      sent: 'no',
      ...vendorCode,
      hint: directoryPhrases.certificate,
    })
  const write = kind === 'write' || kind === 'password'
  if (!write || (error instanceof Error && /not established/.test(error.message)))
    return new GatewayError('transient', `${doing}: the directory cannot be reached or does not answer`, {
      sent: 'no',
      ...vendorCode,
      hint: directoryPhrases.unreachable,
    })
  return new GatewayError('unknown_outcome', `${doing}: the connection ended before the directory answered`, {
    sent: 'maybe',
    ...vendorCode,
  })
}
