/**
 * Numbers as requests carry them, made into what they mean. A client may send any number: what is below -1 stands for nothing that exists,
 * and is taken for "none", so that no request can break an invariant.
 */
import { type BrokerEpoch, brokerEpoch, type LeaderEpoch, leaderEpoch, type Offset, offset } from '../../model/brand.ts';

export const wireOffset = (value: number): Offset => offset(Math.max(-1, value));
export const wireLeaderEpoch = (value: number): LeaderEpoch => leaderEpoch(Math.max(-1, value));
export const wireBrokerEpoch = (value: number): BrokerEpoch => brokerEpoch(Math.max(-1, value));
