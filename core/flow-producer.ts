/**
 * A producer of flows that can be thrown away. After a script that was not found, or a transaction that was refused, ioredis believes for ever
 * that the script is loaded on that connection: the producer must go, and its connection with it.
 */
import { FlowProducer, type BackendFactory, type IQueueBackend } from 'bullmq'

export interface Producer {
  readonly flows: FlowProducer<IQueueBackend>
  close(): void
}

export interface ProducerEngine {
  readonly factory: BackendFactory
  /** A connection of the producer's own. */
  openFlowConnection(): { readonly connection: object; close(): void }
}

export function openProducer(engine: ProducerEngine, prefix: string, onError: (error: unknown) => void): Producer {
  const { connection, close } = engine.openFlowConnection()
  const flows = new FlowProducer<IQueueBackend>({ connection, prefix }, whole(engine.factory)).on('error', onError)
  return {
    flows,
    close() {
      close()
      void flows.close().catch(onError)
    },
  }
}

function whole(factory: BackendFactory): BackendFactory {
  return (name, options, more) => {
    const backend = factory(name, options, more)
    backend.addFlow = withEveryAnswer(backend.addFlow.bind(backend))
    backend.forQueue = remembered(backend.forQueue.bind(backend))
    return backend
  }
}

/** BullMQ looks at the answers for the roots of flows only: a child that was refused would be missed by nobody. */
function withEveryAnswer(addFlow: IQueueBackend['addFlow']): IQueueBackend['addFlow'] {
  return async (entries) => {
    const answers = await addFlow(entries)
    for (const [error, id] of answers ?? []) {
      if (error) throw error
      if (typeof id === 'number' && id < 0) throw new Error(`the queue refused a job of a flow (${id})`)
    }
    return answers
  }
}

/** BullMQ asks for the keys of its queue anew for every job of a flow: a fifth of what a worker holds under load (docs/scaling.md). */
function remembered(forQueue: IQueueBackend['forQueue']): IQueueBackend['forQueue'] {
  const known = new Map<string, IQueueBackend>()
  return (name, prefix) => {
    const key = `${prefix} ${name}`
    const backend = known.get(key) ?? forQueue(name, prefix)
    known.set(key, backend)
    return backend
  }
}
