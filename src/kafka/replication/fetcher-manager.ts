/**
 * Which leader's fetcher each followed partition is with: one fetcher a leader, made when needed and closed when idle.
 * Source: ReplicaFetcherManager with num.replica.fetchers 1.
 */
import type { BrokerId } from '../../model/brand.ts';
import type { BrokerRegistration } from '../metadata/registration.ts';
import { Fetcher, type FetcherContext } from './fetcher.ts';
import type { Partition } from './partition.ts';

/** Where brokers are, as the metadata has it now. */
export interface BrokerDirectory {
  get(id: BrokerId): BrokerRegistration | undefined;
}

export class FetcherManager {
  readonly #context: FetcherContext;
  readonly #brokers: () => BrokerDirectory;
  readonly #fetchers = new Map<BrokerId, Fetcher>();
  readonly #homes = new Map<Partition, Fetcher>();

  constructor(context: FetcherContext, brokers: () => BrokerDirectory) {
    this.#context = context;
    this.#brokers = brokers;
  }

  /** Follows the partition's leader from now on, if there is one and it is known. */
  follow(partition: Partition): void {
    this.unfollow(partition);
    const { follower } = partition;
    if (follower === undefined || follower.leader < 0) return;
    const source = this.#brokers().get(follower.leader);
    if (source === undefined) return;
    let fetcher = this.#fetchers.get(source.id);
    if (fetcher === undefined) {
      fetcher = new Fetcher(this.#context, { id: source.id, host: source.host, port: source.port });
      this.#fetchers.set(source.id, fetcher);
    }
    this.#homes.set(partition, fetcher);
    fetcher.add(partition, follower);
  }

  unfollow(partition: Partition): void {
    this.#homes.get(partition)?.remove(partition);
    this.#homes.delete(partition);
  }

  /** A broker registered, perhaps elsewhere than before: what is fetched from it starts anew where it is now. */
  registered(id: BrokerId): void {
    const fetcher = this.#fetchers.get(id);
    const source = this.#brokers().get(id);
    if (fetcher === undefined || (fetcher.source.host === source?.host && fetcher.source.port === source.port)) return;
    const homeless = [...this.#homes].filter(([, home]) => home === fetcher).map(([partition]) => partition);
    fetcher.close();
    this.#fetchers.delete(id);
    for (const partition of homeless) this.follow(partition);
  }

  /** Ends connections to leaders of whom nothing is fetched any more. */
  closeIdle(): void {
    for (const [id, fetcher] of this.#fetchers) {
      if (fetcher.size > 0) continue;
      fetcher.close();
      this.#fetchers.delete(id);
    }
  }

  close(): void {
    for (const fetcher of this.#fetchers.values()) fetcher.close();
    this.#fetchers.clear();
    this.#homes.clear();
  }
}
