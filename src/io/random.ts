/** Randomness by name: the same name at the same moment draws the same value, whatever else was drawn before. */
export interface Random {
  /** An integer in [0, 2^32). Names use node ids, topics and partitions, never uuids, ports or counters of connections. */
  uint32(name: string): number;
}
