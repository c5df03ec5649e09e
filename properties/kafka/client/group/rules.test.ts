import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GroupClientRules, kafkaGroupClientRules, type MemberStanding } from '../../../../src/kafka/client/group/rules.ts';
import { kafkaClientRules } from '../../../../src/kafka/client/rules.ts';
import { ErrorCode } from '../../../../src/model/error-code.ts';
import { type TopicPartition, topicPartition } from '../../../../src/model/topic-partition.ts';
import { FakeGroup } from './fake-group.ts';
import { Member } from './member.ts';

const { adopt, afterCommit, afterHeartbeat, beforeJoin, mayCommit } = kafkaGroupClientRules;
const standings: readonly MemberStanding[] = ['unjoined', 'preparing', 'completing', 'stable'];
const error = fc.constantFrom(...Object.values(ErrorCode));
const context = fc.record({ standing: fc.constantFrom(...standings), unchanged: fc.boolean() });
const partitions = fc.subarray<TopicPartition>(['a', 'b'].flatMap((topic) => [0, 1, 2].map((index) => topicPartition(topic, index))));

describe('the decisions of a member', () => {
  test('never take an error of a commit for a commit', () => {
    fc.assert(fc.property(error, context, (code, at) => void expect(afterCommit(code, at).type === 'committed').toBe(code === ErrorCode.NONE)));
  });
  test('send a commit only from within a generation that is settled', () => {
    expect(standings.filter((standing) => mayCommit(standing) === 'send')).toEqual(['stable']);
  });
  test('forget nothing because of a heartbeat of an older self', () => {
    fc.assert(
      fc.property(error, fc.constantFrom(...standings), (code, standing) => {
        const decision = afterHeartbeat(code, { standing, unchanged: false });
        if ('forget' in decision) expect(decision.forget).toBe('nothing');
      }),
    );
  });
  test('call everything lost outside a generation, and give up before a rebalance only what the protocol asks', () => {
    fc.assert(
      fc.property(partitions, (owned) => {
        expect(beforeJoin('cooperative', owned, ['a', 'b'], false)).toEqual({ revoked: [], lost: owned });
        expect(beforeJoin('eager', owned, ['a', 'b'], true)).toEqual({ revoked: owned, lost: [] });
        expect(beforeJoin('cooperative', owned, ['a', 'b'], true)).toEqual({ revoked: [], lost: [] });
        expect(beforeJoin('cooperative', owned, ['a'], true).revoked).toEqual(owned.filter((partition) => partition.startsWith('b')));
      }),
    );
  });
  test('make of what was owned just what is assigned, and join again exactly when something was given up', () => {
    fc.assert(
      fc.property(partitions, partitions, (owned, assigned) => {
        const { revoked, added, rejoin } = adopt('cooperative', owned, assigned);
        expect([...owned.filter((partition) => !revoked.includes(partition)), ...added].sort()).toEqual([...assigned].sort());
        expect(rejoin).toBe(revoked.length > 0);
      }),
    );
  });

  test('are all asked of the record that the consumer was made with', () => {
    const asked = new Set<string>();
    const listening = new Proxy(kafkaGroupClientRules, {
      get: (rules, name: keyof GroupClientRules) => {
        asked.add(name);
        return rules[name];
      },
    });
    const group = new FakeGroup();
    group.cluster.topic('orders', [1, 2]);
    new Member(group.cluster, 'a', { autoCommitIntervalMs: 500, rules: { ...kafkaClientRules, group: listening } });
    group.cluster.passMs(5000);
    group.rebalance();
    group.cluster.passMs(5000);
    expect([...asked].sort()).toEqual(Object.keys(kafkaGroupClientRules).sort());
  });
});
