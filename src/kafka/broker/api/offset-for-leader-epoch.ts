/**
 * OffsetForLeaderEpoch (23): where this leader's history ends for an epoch. The answer is a rule; this finds the partition.
 * Source: ReplicaManager.lastOffsetForLeaderEpoch.
 */
import { ErrorCode } from '../../../model/error-code.ts';
import { zeroUuid } from '../../../model/uuid.ts';
import type { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponseInput } from '../../../protocol/messages/offset-for-leader-epoch.ts';
import type { RequestContext } from '../../rpc/server.ts';
import { answer, type BrokerContext, worst } from '../broker-context.ts';
import { findPartition } from '../partitions.ts';
import { wireLeaderEpoch } from '../wire.ts';

type Asked = OffsetForLeaderEpochRequest['topics'][number]['partitions'][number];
type Answered = OffsetForLeaderEpochResponseInput['topics'][number]['partitions'][number];

export function handleOffsetForLeaderEpoch(
  broker: BrokerContext,
  context: RequestContext<OffsetForLeaderEpochResponseInput>,
  request: OffsetForLeaderEpochRequest,
): void {
  let error: number = ErrorCode.NONE;
  const topics = request.topics.map((topic) => ({
    topic: topic.topic,
    partitions: topic.partitions.map((asked): Answered => {
      const found = endOf(broker, topic.topic, asked);
      error = worst(error, found.errorCode);
      return found;
    }),
  }));
  answer(broker, context, { topics }, error);
}

function endOf(broker: BrokerContext, topic: string, asked: Asked): Answered {
  const refused = (errorCode: ErrorCode): Answered => ({ errorCode, partition: asked.partition, leaderEpoch: -1, endOffset: -1 });
  const found = findPartition(broker, topic, zeroUuid, asked.partition);
  if (!found.ok) return refused(found.error);
  const readable = found.value.readable(wireLeaderEpoch(asked.currentLeaderEpoch), true);
  if (!readable.ok) return refused(readable.error);
  const log = readable.value;
  const end = broker.rules.replication.endOffsetForEpoch(log.epochs.entries(), wireLeaderEpoch(asked.leaderEpoch), log.logEndOffset);
  return { errorCode: ErrorCode.NONE, partition: asked.partition, leaderEpoch: end.epoch, endOffset: end.endOffset };
}
