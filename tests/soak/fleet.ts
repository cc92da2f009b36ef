/** The gateway's processes of a soak: two servers and two workers, and whoever replaces those that die, as a supervisor would. */
import { setTimeout as delay } from 'node:timers/promises'
import { oneOf, type Choices } from '../simulate/choices.ts'
import type { World, WorldProcess, WorldServer } from '../harness/world.ts'

export interface Fleet extends AsyncDisposable {
  /** Addresses of the servers that live. */
  servers(): readonly string[]
  killWorker(outage: () => Promise<void>): Promise<void>
  freezeWorker(milliseconds: number): Promise<void>
  killServer(outage: () => Promise<void>): Promise<void>
  /** How many processes ended although nobody killed them. */
  readonly endedByThemselves: number
}

const supervisedEveryMs = 500

/** The world has one server and one worker; another of each is started. */
export async function openFleet(world: World, choices: Choices): Promise<Fleet> {
  const workers: WorldProcess[] = [...world.workers, await world.startWorker()]
  const servers: WorldServer[] = [await world.startServer(), await world.startServer()]
  let endedByThemselves = 0
  let open = true

  async function replace<Kind extends WorldProcess>(members: Kind[], member: Kind, start: () => Promise<Kind>): Promise<void> {
    members.splice(members.indexOf(member), 1)
    // Its database may be away just then: a supervisor tries until it comes up.
    for (; open; await delay(supervisedEveryMs)) {
      const started = await start().catch(() => null)
      if (started === null) continue
      members.push(started)
      return
    }
  }
  const replaceWorker = (worker: WorldProcess) => replace(workers, worker, () => world.startWorker())
  const replaceServer = (server: WorldServer) => replace(servers, server, () => world.startServer())

  async function supervise(): Promise<void> {
    for (; open; await delay(supervisedEveryMs)) {
      const ended = <Kind extends WorldProcess>(members: readonly Kind[]) => members.filter(hasEnded)
      const [deadWorkers, deadServers] = [ended(workers), ended(servers)]
      endedByThemselves += deadWorkers.length + deadServers.length
      await Promise.all([...deadWorkers.map(replaceWorker), ...deadServers.map(replaceServer)])
    }
  }
  const supervising = supervise()
  return {
    servers: () => servers.map(({ url }) => url),
    get endedByThemselves() {
      return endedByThemselves
    },
    async killWorker(outage) {
      if (workers.length === 0) return
      const worker = oneOf(choices, workers)
      workers.splice(workers.indexOf(worker), 1)
      await worker.kill('SIGKILL')
      await outage()
      workers.push(await startAgain(() => world.startWorker()))
    },
    async freezeWorker(milliseconds) {
      if (workers.length === 0) return
      const worker = oneOf(choices, workers)
      worker.freeze()
      await delay(milliseconds)
      worker.thaw()
    },
    async killServer(outage) {
      if (servers.length === 0) return
      const server = oneOf(choices, servers)
      servers.splice(servers.indexOf(server), 1)
      await server.kill('SIGKILL')
      await outage()
      servers.push(await startAgain(() => world.startServer()))
    },
    async [Symbol.asyncDispose]() {
      open = false
      await supervising
    },
  }
}

const hasEnded = ({ child }: WorldProcess) => child.exitCode !== null || child.signalCode !== null

async function startAgain<Kind>(start: () => Promise<Kind>): Promise<Kind> {
  for (;;) {
    const started = await start().catch(() => null)
    if (started !== null) return started
    await delay(supervisedEveryMs)
  }
}
