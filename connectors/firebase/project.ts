/**
 * One Firebase project as a job works with it. The SDK's app is the target's own and never the process's default; it is loaded when the first job
 * comes, as loading it takes a while.
 */
import { randomUUID } from 'node:crypto'
import type { Egress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import type { Authorization } from '#connectors/kit/http-authorization.ts'
import type { BaseAuth } from 'firebase-admin/auth'
import { createSdkAgent, createWatch, type WatchOptions } from './agent.ts'
import { serviceUrl, type FirebaseConfig } from './config.ts'
import { toGatewayError } from './errors.ts'
import type { Lock } from './lock.ts'
import { phrases } from './phrases.ts'

export interface Project {
  readonly target: string
  readonly config: FirebaseConfig
  readonly lock: Lock
  /** Calls the SDK; every failure is a GatewayError with what is known of its effect. */
  call<Result>(what: Pick<WatchOptions, 'doing' | 'effect'>, use: (auth: BaseAuth) => Promise<Result>): Promise<Result>
}

export interface SdkOptions {
  readonly config: FirebaseConfig
  readonly egress: Pick<Egress, 'connect'>
  readonly authorization: Authorization
}

export interface Sdk extends AsyncDisposable {
  call<Result>(what: WatchOptions, use: (auth: BaseAuth) => Promise<Result>): Promise<Result>
}

export function createSdk({ config, egress, authorization }: SdkOptions): Sdk {
  const way = createSdkAgent(egress, serviceUrl(config))
  let opening: ReturnType<typeof openApp> | null = null
  const opened = () =>
    (opening ??= openApp({ config, authorization, httpAgent: way.agent }).catch((error: unknown) => {
      opening = null
      throw error
    }))

  async function once<Result>(what: WatchOptions, use: (auth: BaseAuth) => Promise<Result>) {
    const { auth } = await opened()
    const signal = AbortSignal.any([what.signal, AbortSignal.timeout(config.timeoutMs)])
    const watch = createWatch({ ...what, signal })
    try {
      return { done: await way.run(watch, () => use(auth)) }
    } catch (error) {
      return { failed: toGatewayError(error, watch), isRefused: watch.answer?.status === 401 && !watch.isWritten }
    }
  }

  return {
    async call(what, use) {
      const used = await authorization.headers(what.signal)
      let result = await once(what, use)
      // Who is not let in has changed nothing: the call may be made again.
      if ('failed' in result && result.isRefused && (await authorization.renew(used, what.signal))) result = await once(what, use)
      if ('failed' in result) throw result.failed
      return result.done
    },
    async [Symbol.asyncDispose]() {
      const open = await opening
      way.close()
      await open?.close()
    },
  }
}

interface AppOptions extends Pick<SdkOptions, 'config' | 'authorization'> {
  readonly httpAgent: ReturnType<typeof createSdkAgent>['agent']
}

async function openApp({ config, authorization, httpAgent }: AppOptions) {
  refuseGlobalEmulator()
  const [{ deleteApp, initializeApp }, { getAuth }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/auth'),
  ])
  const app = initializeApp(
    {
      projectId: config.projectId,
      httpAgent,
      credential: {
        async getAccessToken() {
          const { token = '' } = await authorization.headers(AbortSignal.timeout(config.timeoutMs))
          // The token is kept in the cache of the gateway: the SDK is to ask each time.
          return { access_token: token, expires_in: 1 }
        },
      },
    },
    `passerelle-${randomUUID()}`,
  )
  const auth = getAuth(app)
  return {
    auth: config.tenantId === null ? auth : auth.tenantManager().authForTenant(config.tenantId),
    close: () => deleteApp(app),
  }
}

/** The SDK takes this variable for all apps of the process, and would send them to an emulator without asking who they are. */
function refuseGlobalEmulator(): void {
  if (process.env['FIREBASE_AUTH_EMULATOR_HOST'] === undefined) return
  throw new GatewayError('config', 'FIREBASE_AUTH_EMULATOR_HOST is set, which would send every Firebase target to an emulator', {
    sent: 'no',
    hint: phrases.unsetEmulator,
  })
}
