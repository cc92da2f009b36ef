/** The connectors that this gateway knows, by their ids. */
import { connectorKinds, loadConnectors } from './known.ts'

export const connectors = await loadConnectors(connectorKinds)
