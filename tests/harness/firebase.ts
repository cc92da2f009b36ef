/**
 * The real Auth emulator of Firebase on a free loopback port: 8 to 20 s until it is ready, so a test file opens one and uses projects of its own
 * in it. `FIREBASE_URL` names one that runs already, for whoever works on the connector.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBinary, freeLoopbackPort, removeFolder, startDaemon, temporaryFolder } from './daemon.ts'

export interface FirebaseEmulator extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** A call of the administrator, below `/v1/projects/<project>`; throws with the status and the answer when it fails. */
  admin(project: string, method: string, path: string, body?: unknown): Promise<unknown>
  /** Whether this e-mail address and password are let in. */
  signsIn(project: string, email: string, password: string): Promise<boolean>
  /** Forgets all users of the project. */
  clear(project: string): Promise<void>
}

/** @param home where Firebase's command line is installed (tests/install-firebase.mjs) */
export async function openFirebaseEmulator(home = process.env['FIREBASE_TOOLS_HOME']): Promise<FirebaseEmulator> {
  const running = process.env['FIREBASE_URL']
  if (running !== undefined) return withAdmin(running, async () => {})
  if (home === undefined) throw new Error('there is no emulator: npm test -- firebase brings it')
  const folder = temporaryFolder('firebase', null)
  const [port, hub, logging] = [await freeLoopbackPort(), await freeLoopbackPort(), await freeLoopbackPort()]
  const at = (own: number) => ({ host: '127.0.0.1', port: own })
  const emulators = { auth: at(port), hub: at(hub), logging: at(logging), ui: { enabled: false }, singleProjectMode: false }
  writeFileSync(join(folder, 'firebase.json'), JSON.stringify({ emulators }))
  const url = `http://127.0.0.1:${port}`
  const daemon = await startDaemon({
    command: [
      // It writes its log where it is started.
      ...[
        findBinary('env', 'coreutils'),
        `--chdir=${folder}`,
        process.execPath,
        join(home, 'node_modules/firebase-tools/lib/bin/firebase.js'),
      ],
      ...['emulators:start', '--only=auth', '--project=demo-passerelle', `--config=${join(folder, 'firebase.json')}`],
    ],
    env: { HOME: folder, CI: '1' },
    deathSignal: 'KILL',
    withinMs: 120_000,
    ready: async () => {
      const { ok } = await fetch(url)
      if (!ok) throw new Error('not ready')
    },
  })
  return withAdmin(url, async () => {
    await daemon.stop('SIGTERM')
    removeFolder(folder)
  })
}

function withAdmin(url: string, close: () => Promise<void>): FirebaseEmulator {
  const api = `${url}/identitytoolkit.googleapis.com/v1`
  return {
    url,
    port: Number(new URL(url).port),
    async admin(project, method, path, body) {
      const response = await fetch(`${api}/projects/${project}${path}`, {
        method,
        headers: { Authorization: 'Bearer owner', 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`)
      return JSON.parse(answer)
    },
    async signsIn(project, email, password) {
      const response = await fetch(`${api}/accounts:signInWithPassword`, {
        method: 'POST',
        headers: { Authorization: 'Bearer owner', 'Content-Type': 'application/json' },
        body: JSON.stringify({ targetProjectId: project, email, password, returnSecureToken: true }),
      })
      await response.text()
      return response.ok
    },
    async clear(project) {
      const response = await fetch(`${url}/emulator/v1/projects/${project}/accounts`, {
        method: 'DELETE',
        headers: { Authorization: 'Bearer owner' },
      })
      await response.text()
    },
    [Symbol.asyncDispose]: close,
  }
}
