import { describe, expect, it } from 'vitest';
import { apis } from '../../../src/protocol/apis.ts';
import { controllerNode, Peer } from './node.ts';

describe('a controller node', () => {
  it('smoke', () => {
    const node = controllerNode('smoke');
    const peer = new Peer(node, 1);
    const seen: string[] = [];
    const observer = peer.observe({
      applied: (image, delta) => seen.push(`${delta.to} ${image.brokers.size}`),
      controllerChanged: (c, e) => seen.push(`controller ${c?.id} ${e}`),
    });
    const r = peer.register(1);
    console.log(r);
    console.log(peer.heartbeat(r.brokerEpoch));
    console.log(
      JSON.stringify(
        peer.ask(
          apis.createTopics,
          { topics: [{ name: 'a', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }], timeoutMs: 1000 },
          7,
        ),
      ),
    );
    node.simulator.run(node.simulator.nowUs + 2_000_000);
    console.log(
      seen,
      node.events.filter((e) => e.type !== 'appended' && e.type !== 'synced'),
      observer.endOffset,
      node.simulator.nowUs,
      node.controller.failure,
    );
    expect(r.errorCode).toBe(0);
  });
});
