/**
 * Branded scalars: a number that means an offset cannot be passed where an epoch is meant.
 * Owns the brands and their checked constructors; nothing else may make a branded value from a raw one.
 */
import { invariant } from './invariant.ts';

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A record's position in one partition, in [0, 2^53); -1 where Kafka says "none". */
export type Offset = Brand<number, 'Offset'>;
/** The epoch of a partition's leader, in [0, 2^31); -1 where Kafka says "none" (KIP-101). */
export type LeaderEpoch = Brand<number, 'LeaderEpoch'>;
/** The epoch of an idempotent or transactional producer, int16, -1 for none (KIP-98). */
export type ProducerEpoch = Brand<number, 'ProducerEpoch'>;
/** A node's id, in [0, 2^31); -1 where Kafka says "none". */
export type BrokerId = Brand<number, 'BrokerId'>;
/** One registration of a broker: the offset of its registration record (KIP-841, KIP-903), -1 for none. */
export type BrokerEpoch = Brand<number, 'BrokerEpoch'>;
/** Wall time in milliseconds since 1970-01-01 UTC; -1 where Kafka says "none". */
export type TimestampMs = Brand<number, 'TimestampMs'>;

function checked(value: number, lowest: number, highest: number, what: string): number {
  invariant(Number.isInteger(value) && value >= lowest && value <= highest, what, value);
  return value;
}

export const offset = (value: number): Offset => checked(value, -1, Number.MAX_SAFE_INTEGER, 'an offset is an integer in [-1, 2^53)') as Offset;
export const leaderEpoch = (value: number): LeaderEpoch =>
  checked(value, -1, 0x7fffffff, 'a leader epoch is an integer in [-1, 2^31)') as LeaderEpoch;
export const producerEpoch = (value: number): ProducerEpoch =>
  checked(value, -1, 0x7fff, 'a producer epoch is an integer in [-1, 2^15)') as ProducerEpoch;
/** A broker’s id, checked. */
export const brokerId = (value: number): BrokerId => checked(value, -1, 0x7fffffff, 'a broker id is an integer in [-1, 2^31)') as BrokerId;
export const brokerEpoch = (value: number): BrokerEpoch =>
  checked(value, -1, Number.MAX_SAFE_INTEGER, 'a broker epoch is an integer in [-1, 2^53)') as BrokerEpoch;
export const timestampMs = (value: number): TimestampMs =>
  checked(value, -1, Number.MAX_SAFE_INTEGER, 'a timestamp is an integer in [-1, 2^53) ms') as TimestampMs;
