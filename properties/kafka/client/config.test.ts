import { describe, expect, test } from 'vitest';
import { adminConfig, consumerConfig, kafkaKey, producerConfig } from '../../../src/kafka/client/config.ts';

const bootstrapServers = [{ host: 'b1', port: 9092 }];

describe('a client configuration', () => {
  test('is Kafka’s where nothing is said', () => {
    expect(producerConfig({ bootstrapServers })).toMatchObject({
      ok: true,
      value: { acks: 'all', batchSize: 16384, lingerMs: 5, deliveryTimeoutMs: 120000, maxInFlightRequestsPerConnection: 5, retries: 2147483647 },
    });
    expect(consumerConfig({ bootstrapServers })).toMatchObject({
      ok: true,
      value: { autoOffsetReset: 'latest', fetchMinBytes: 1, fetchMaxWaitMs: 500, maxPollRecords: 500, maxPartitionFetchBytes: 1048576 },
    });
    expect(adminConfig({ bootstrapServers, requestTimeoutMs: 5 })).toMatchObject({
      ok: true,
      value: { requestTimeoutMs: 5, defaultApiTimeoutMs: 60000 },
    });
  });

  test('names the key in Kafka’s words and the remedy when a value cannot be', () => {
    expect(producerConfig({ bootstrapServers, maxInFlightRequestsPerConnection: 0 })).toEqual({
      ok: false,
      error: 'max.in.flight.requests.per.connection is 0: give a whole number of 1 or more',
    });
    expect(producerConfig({ bootstrapServers, acks: 2 as never })).toMatchObject({
      ok: false,
      error: expect.stringContaining('acks is 2: choose one of all'),
    });
    expect(producerConfig({ bootstrapServers, deliveryTimeoutMs: 1000 })).toMatchObject({
      ok: false,
      error: expect.stringContaining('at least linger.ms'),
    });
    expect(consumerConfig({ bootstrapServers: [] })).toMatchObject({ ok: false, error: expect.stringContaining('bootstrap.servers') });
    expect(consumerConfig({ bootstrapServers, fetchMaxWaitMs: 0.5 })).toMatchObject({ ok: false });
    expect(kafkaKey('socketConnectionSetupTimeoutMs')).toBe('socket.connection.setup.timeout.ms');
  });
});
