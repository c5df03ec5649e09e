/** Which lanes of a node can be slowed, as the threads of a broker can lack processor time. */
export const slowableLanes = ['requests', 'network', 'raft', 'heartbeat', 'background', 'fetchers'] as const;
/** `fetchers`: all lanes that replicate from leaders. */
export type SlowableLane = (typeof slowableLanes)[number];
