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

/** BullMQ looks at the first answer of a flow's transaction only: a child that was refused would be missed by nobody. */
function whole(factory: BackendFactory): BackendFactory {
  return (name, options, more) => {
    const backend = factory(name, options, more)
    const addFlow = backend.addFlow.bind(backend)
    backend.addFlow = async (entries) => {
      const answers = await addFlow(entries)
      for (const [error] of answers ?? []) if (error) throw error
      return answers
    }
    return backend
  }
}
