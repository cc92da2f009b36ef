/** One stream per browser: every tab connects to this worker, which ends with the last tab. */
import { openStream, type LiveMessage } from './stream.ts'

const ports = new Set<MessagePort>()
let status: LiveMessage | null = null
let started = false

function tellAll(message: LiveMessage): void {
  if (message.type === 'status') status = message
  for (const port of ports) port.postMessage(message)
}

addEventListener('connect', (event) => {
  const port = (event as MessageEvent).ports[0]
  if (port === undefined) return
  ports.add(port)
  port.addEventListener('message', ({ data }) => data === 'bye' && ports.delete(port))
  port.start()
  if (status !== null) port.postMessage(status)
  if (!started) openStream('/api/v1/events', tellAll)
  started = true
})
