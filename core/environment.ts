/**
 * The process's settings, read once from the environment, validated, and shown redacted at start. Nothing else in the code
 * looks at `process.env`.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { GatewayError } from './errors.ts'

const whole = (fallback: string) =>
  v.pipe(v.optional(v.string(), fallback), v.regex(/^\d+$/, 'must be a whole number'), v.transform(Number))

const names = v.pipe(
  v.optional(v.string(), ''),
  v.transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  ),
)

const Settings = v.object({
  NODE_ENV: v.optional(v.string()),
  DATABASE_URL: v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')),
  REDIS_URL: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^rediss?(\+sentinel|\+cluster)?:\/\//,
        'must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://',
      ),
    ),
  ),
  HOST: v.optional(v.string(), '127.0.0.1'),
  PORT: v.pipe(whole('8080'), v.maxValue(65535, 'must be a port')),
  PUBLIC_URL: v.optional(v.pipe(v.string(), v.url('must be a URL'))),
  SMTP_URL: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://'),
      v.check((text) => URL.canParse(text) && new URL(text).hostname !== '', 'must be a URL with a host'),
    ),
  ),
  SMTP_CA: v.optional(v.pipe(v.string(), v.includes('-----BEGIN CERTIFICATE-----', 'must be certificates in PEM'))),
  MAIL_FROM: v.optional(
    v.pipe(v.string(), v.regex(/^([^<>@"\r\n]+<[^\s<>@"]+@[^\s<>@"]+>|[^\s<>@"]+@[^\s<>@"]+)$/, 'must be an e-mail address')),
  ),
  PASSERELLE_CONFIG: v.optional(v.string()),
  PASSERELLE_KEY: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64')),
  ADMIN_PASSWORD: v.optional(v.pipe(v.string(), v.minLength(12, 'must have at least 12 characters'))),
  LOG_LEVEL: v.optional(v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), 'info'),
  WORKER_TARGETS: names,
  WORKER_KINDS: names,
  WORKER_ISOLATION: v.optional(v.picklist(['kind', 'none'], 'must be kind or none'), 'kind'),
  WORKER_MEMORY_MB: v.pipe(whole('1024'), v.minValue(192, 'must be 192 at least')),
  WORKER_CONCURRENCY: v.pipe(whole('100'), v.minValue(1)),
  WORKER_LEASE_SECONDS: v.pipe(whole('30'), v.minValue(1)),
  WORKER_STOP_SECONDS: v.pipe(whole('20'), v.minValue(1)),
  SERVER_STOP_SECONDS: v.pipe(whole('20'), v.minValue(1)),
  SERVER_DRAIN_SECONDS: whole('0'),
  ADMISSION_BACKLOG_SECONDS: v.pipe(whole('300'), v.minValue(1)),
  SANDBOX_SIZE: v.pipe(whole('1'), v.minValue(1)),
  NAME_CHECK_MS: v.pipe(whole('1500'), v.maxValue(30_000, 'must be 30000 at most')),
  METRICS_TOKEN: v.optional(
    v.pipe(v.string(), v.regex(/^[\x21-\x7e]{16,}$/, 'must have at least 16 characters, without spaces')),
  ),
  CRASH_AT: v.optional(v.string()),
})

export type Environment = Readonly<v.InferOutput<typeof Settings>>

const examples: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://passerelle:…@db:5432/passerelle',
  REDIS_URL: 'redis://redis:6379',
  PORT: '8080',
  SMTP_URL: 'smtp://user:…@mail.example.org:587',
  MAIL_FROM: 'Passerelle <passerelle@example.org>',
  PASSERELLE_KEY: "the output of 'openssl rand -base64 32'",
}

/** Reads the settings; `NAME_FILE` stands for a file that holds `NAME`. Throws `config` naming every wrong variable, with an example. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const given = withFiles(variables)
  const result = v.safeParse(Settings, given)
  if (result.success) {
    requireRandomKey(result.output)
    requireSender(result.output)
    return result.output
  }
  const lines = result.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? ''
    return `${name} ${issue.input === undefined ? 'is missing' : issue.message}${name in examples ? ` (for example ${examples[name]})` : ''}`
  })
  throw new GatewayError('config', `wrong settings: ${lines.join('; ')}`)
}

/** Of 32 random bytes, about 30 differ; fewer than this come once in a thousand million keys. */
const leastDistinct = 20

/** Keys of examples and of impatient people are the first that an attacker tries. */
function requireRandomKey({ PASSERELLE_KEY: key, NODE_ENV: stage }: Environment): void {
  const bytes = Buffer.from(key, 'base64')
  const strides = new Set([...bytes.subarray(1)].map((byte, index) => (byte - (bytes[index] ?? 0) + 256) % 256))
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
  if (stage === 'development' || (new Set(bytes).size >= leastDistinct && strides.size > 1 && !isText)) return
  throw new GatewayError('config', 'PASSERELLE_KEY is a sample: it was not drawn at random', {
    hint: "make one with 'openssl rand -base64 32'; samples are for NODE_ENV=development alone",
  })
}

function requireSender({ SMTP_URL: url, MAIL_FROM: from }: Environment): void {
  if (url === undefined || from !== undefined) return
  throw new GatewayError('config', `wrong settings: MAIL_FROM is missing (for example ${examples['MAIL_FROM']})`, {
    hint: 'mails of SMTP_URL need a sender',
  })
}

/** The settings as they may be printed: without passwords or keys. */
export function redactedEnvironment(environment: Environment): Record<string, unknown> {
  const hide = (url: string | undefined) => url?.replace(/\/\/.*@/s, '//…@').replace(/\b(password=)[^&]*/gi, '$1…')
  return {
    ...environment,
    DATABASE_URL: hide(environment.DATABASE_URL),
    REDIS_URL: hide(environment.REDIS_URL),
    SMTP_URL: hide(environment.SMTP_URL),
    PASSERELLE_KEY: '…',
    ADMIN_PASSWORD: environment.ADMIN_PASSWORD && '…',
    METRICS_TOKEN: environment.METRICS_TOKEN && '…',
  }
}

/** One variable's value, or the content of the file that `NAME_FILE` names; undefined when neither is set. */
export function readVariable(variables: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const { [name]: value, [`${name}_FILE`]: file } = variables
  if (value !== undefined && value !== '') return value
  return file === undefined || file === '' ? undefined : readSecretFile(`${name}_FILE`, file)
}

function withFiles(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined || value === '') continue
    if (!name.endsWith('_FILE')) given[name] = value
    else if (name.slice(0, -5) in Settings.entries) given[name.slice(0, -5)] = readSecretFile(name, value)
  }
  return given
}

function readSecretFile(name: string, path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8').trim()
  } catch (cause) {
    throw new GatewayError('config', `${name} names a file that cannot be read: ${path}`, { cause })
  }
}
