/**
 * Plays one scenario: start-up, the safety phase in which faults strike, healing, the liveness phase, the final reads, the checks.
 * Owns the phases and their limits; how the world gets from one moment to the next is left to whoever plays, so that a sandbox can run the
 * code of others between two events. It reads no file and starts no process. Invariant violations and livelocks are findings; whatever
 * else is thrown is a defect of the harness, and the verdict is `unknown`.
 */
import type { NodeEvent } from '../../io/node-event.ts';
import type { RunEnd, Simulator } from '../../io/virtual/simulator.ts';
import { type ClientRules, kafkaClientRules } from '../../kafka/client/rules.ts';
import { offsetsTopic } from '../../kafka/coordinator/group/coordinator.ts';
import { kafkaRules, type Rules } from '../../kafka/rules/rules.ts';
import { InvariantViolation } from '../../model/invariant.ts';
import { type TopicPartition, topicPartition } from '../../model/topic-partition.ts';
import { compose, type FinalChecker, GuardedStateChecker } from '../checker/compose.ts';
import { type Finding, Findings } from '../checker/finding.ts';
import { checkHistory } from '../checker/history/check-history.ts';
import { checkLiveness } from '../checker/liveness.ts';
import type { CompactedTopics } from '../checker/state/compacted.ts';
import { GroupOracle } from '../checker/state/group-oracle.ts';
import { ProducerMemory } from '../checker/state/producer-memory.ts';
import { Promptness, promptnessName } from '../checker/state/promptness.ts';
import { ReplicationOracle } from '../checker/state/replication-oracle.ts';
import { type ClusterListener, SimulatedCluster } from '../cluster/cluster.ts';
import { hostIdOf } from '../cluster/settings.ts';
import { Coverage } from '../history/coverage.ts';
import { History } from '../history/history.ts';
import { TraceHash } from '../history/trace-hash.ts';
import type { TraceRecording } from '../history/trace-recording.ts';
import type { FiredFault } from '../nemesis/fault.ts';
import type { FaultTarget } from '../nemesis/fault-target.ts';
import { lastsMs, Nemesis } from '../nemesis/nemesis.ts';
import type { Happening, Scenario } from '../scenario.ts';
import { Workload } from '../workload/workload.ts';
import { auditReplicas, storedBatches } from './audit.ts';
import { type Clients, noClients } from './clients.ts';
import { clusterStateOf } from './cluster-state.ts';
import { compactedTopics } from './compaction.ts';
import { hasRedelivery, surprises, unmetExpectations } from './expectation.ts';
import { promptnessLimitsOf, syncLimitsOf } from './limits.ts';
import type { RunResult } from './result.ts';
import { snapshotOf } from './snapshot.ts';

/** Virtual time that each phase may take, and how often its end is looked for. */
const limits = { startUpUs: 120_000_000, convergenceUs: 180_000_000, finalReadsUs: 120_000_000, lookUs: 100_000 };

/** How to play a scenario otherwise than as it stands. */
export interface SimulateOptions {
  /** Decisions of brokers and controllers; Kafka's by default. */
  readonly rules?: Rules;
  /** Decisions of clients; Kafka's by default. */
  readonly clientRules?: ClientRules;
  /** The run ends with the first finding for which this is true: nothing that comes later is played or judged. */
  readonly until?: (finding: Finding) => boolean;
  /** Plays no further than to this moment, inclusive, in microseconds since the world began. Up to there all is the same as without it. */
  readonly untilUs?: number;
  /** Made from the run's trace hash, and told what it is told: to print a run, or to find where two runs part. */
  readonly recording?: (hash: TraceHash) => TraceRecording;
  /** Is shown the cluster as it stands at the end, before it is judged. */
  readonly atEnd?: (cluster: SimulatedCluster) => void;
  /** Hears of all that happens, after the run's own listeners. */
  readonly listener?: ClusterListener & { struck?(fault: FiredFault): void; phase?(timeUs: number, name: string): void };
}

/** Ends a run early: what was found says why. */
class RunOver extends Error {}

type Playing = Generator<number, void, RunEnd>;

/** Plays the scenario to its end. The same scenario gives the same result, to the last event. */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): RunResult {
  if ((scenario.workload.sandbox ?? []).length > 0) throw new Error('this scenario runs npm clients: play it with runSandbox()');
  const run = new Run(scenario, options);
  const play = run.play();
  for (let step = play.next(); !step.done; ) {
    try {
      step = play.next(run.simulator.run(step.value));
    } catch (error) {
      step = play.throw(error);
    }
  }
  return run.judge();
}

/** A run in the making: play it to its end, then have it judged. */
export class Run {
  readonly #scenario: Scenario;
  readonly #options: SimulateOptions;
  readonly #findings = new Findings((finding) => {
    if (this.#options.until?.(finding) === true) this.#isOver = true;
  });
  /** What was waited for was found. */
  #isOver = false;
  readonly #compaction: CompactedTopics;
  readonly #oracle: ReplicationOracle;
  readonly #groups: GroupOracle;
  readonly #promptness: Promptness;
  readonly #producers = new ProducerMemory();
  readonly #coverage = new Coverage();
  readonly #hash = new TraceHash();
  readonly #trace: TraceHash | TraceRecording;
  /** In the safety phase. */
  readonly #happened = new Set<Happening>();
  /** One past the last offset of acks=all, by partition. */
  readonly #acknowledged = new Map<TopicPartition, number>();
  readonly #cluster: SimulatedCluster;
  readonly #history: History;
  readonly #workload: Workload;
  readonly #nemesis: Nemesis;
  readonly #clients: Clients;
  #inSafetyPhase = false;
  /** The run was not played to its end, as its options ask. */
  #cut = false;
  /** From the liveness phase on: why some group has not settled. */
  #sharing: (() => string | undefined) | undefined;

  /** `clients`: those that are no part of the workload. */
  constructor(scenario: Scenario, options: SimulateOptions, clients: Clients = noClients) {
    this.#scenario = scenario;
    this.#options = options;
    this.#clients = clients;
    this.#trace = options.recording?.(this.#hash) ?? this.#hash;
    const unclean = new Set(scenario.cluster.topics.filter(allowsUncleanElection).map((topic) => topic.name));
    this.#compaction = compactedTopics(scenario.cluster, () => this.#cluster);
    this.#oracle = new ReplicationOracle(this.#findings, {
      stored: (nodeId, partition) => storedBatches(this.#cluster.disksOf(nodeId).values(), partition),
      compaction: this.#compaction,
      uncleanElectionEnabled: (partition) => unclean.has(partition.slice(0, partition.lastIndexOf('-'))),
    });
    this.#groups = new GroupOracle(this.#findings, (partition) => this.#oracle.anyLossExcuse(partition), syncLimitsOf(scenario));
    this.#promptness = new Promptness(this.#findings, promptnessLimitsOf(scenario));
    this.#cluster = new SimulatedCluster({
      plan: scenario.cluster,
      seed: scenario.seed,
      rules: options.rules ?? kafkaRules,
      clients: [...Workload.machines(scenario.workload), ...clients.machines],
      listeners: this.#listeners(),
      trace: this.#trace,
    });
    const { simulator } = this.#cluster;
    this.#history = new History(() => simulator.nowUs);
    this.#workload = new Workload({
      cluster: this.#cluster,
      plan: scenario.workload,
      topics: scenario.cluster,
      history: this.#history,
      ...(options.clientRules === undefined ? {} : { rules: options.clientRules }),
    });
    const target: FaultTarget = this.#cluster;
    this.#nemesis = new Nemesis(scenario.faults, target, simulator, (fault) => this.#struck(fault));
  }

  get simulator(): Simulator {
    return this.#cluster.simulator;
  }

  /**
   * All phases. Yields the virtual time, in microseconds, up to which the world shall go on; wants to be told how that ended, by next(),
   * or what was thrown meanwhile, by throw().
   */
  *play(): Playing {
    try {
      this.#phase('start-up');
      yield* this.#startUp();
      this.#phase('safety');
      yield* this.#safety();
      this.#phase('liveness');
      yield* this.#liveness();
      this.#phase('final reads');
      yield* this.#finalReads();
    } catch (error) {
      if (!(error instanceof RunOver)) this.#thrown(error);
    }
  }

  #listeners(): readonly ClusterListener[] {
    const oracle = new GuardedStateChecker('replication', this.#oracle, this.#findings);
    const groups = new GuardedStateChecker('groups', this.#groups, this.#findings);
    const promptness = new GuardedStateChecker(promptnessName, this.#promptness, this.#findings);
    const all = [oracle, groups, promptness];
    const own: ClusterListener = {
      observed: (timeUs, nodeId, event) => this.#observed(timeUs, nodeId, event, all),
      crashed: (timeUs, nodeId, lossy) => {
        for (const each of all) each.crashed(timeUs, nodeId, lossy);
      },
      stopped: (timeUs, nodeId) => {
        for (const each of all) each.stopped(timeUs, nodeId);
      },
      restarted: (timeUs, nodeId) => {
        for (const each of all) each.restarted(timeUs, nodeId);
      },
      wiped: (timeUs, nodeId, partitions) => {
        for (const each of all) each.wiped(timeUs, nodeId, partitions);
      },
      damaged: (timeUs, nodeId, partition, isDamaged) => this.#oracle.damaged(timeUs, nodeId, partition, isDamaged),
    };
    // After all have heard of the event that showed what was waited for.
    const last: ClusterListener = {
      observed: () => {
        if (this.#isOver) throw new RunOver();
      },
    };
    const { listener, until } = this.#options;
    return [own, ...(listener === undefined ? [] : [listener]), ...(until === undefined ? [] : [last])];
  }

  #observed(timeUs: number, nodeId: number, event: NodeEvent, checkers: readonly GuardedStateChecker[]): void {
    this.#trace.observed(timeUs, nodeId, event);
    this.#coverage.observe(event);
    for (const checker of checkers) checker.observe(timeUs, nodeId, event);
    this.#producers.observe(timeUs, nodeId, event);
    if (event.type === 'acknowledged' && event.acks === -1)
      this.#acknowledged.set(event.partition, Math.max(this.#acknowledged.get(event.partition) ?? 0, event.last + 1));
    if (!this.#inSafetyPhase) return;
    this.#happened.add(event.type);
    if (!this.#nemesis.awaits(event.type)) return;
    const node = this.#cluster.nameOf(nodeId);
    if (node !== undefined) this.#nemesis.observe(node, event);
  }

  #struck(fired: FiredFault): void {
    const host = hostIdOf(fired.node);
    const fault = this.#scenario.faults[fired.index];
    const lasts = fault === undefined ? 0 : lastsMs(fault);
    if (host !== undefined) this.#promptness.disturbed(host, lasts === null ? Number.POSITIVE_INFINITY : fired.atUs + lasts * 1000);
    this.#options.listener?.struck?.(fired);
  }

  *#startUp(): Playing {
    this.#cluster.start();
    const brokers = this.#scenario.cluster.brokers;
    yield* this.#until(limits.startUpUs, () => (this.#cluster.view.unfenced.size >= brokers ? undefined : 'not all brokers came up'), 'start-up');
    let created: string | undefined = 'the topics were not created';
    this.#workload.createTopics((problem) => {
      created = problem;
    });
    yield* this.#until(limits.startUpUs, () => created ?? this.#unsettled(), 'start-up');
  }

  *#safety(): Playing {
    const before = new Map(this.#coverage.counts());
    this.#inSafetyPhase = true;
    this.#promptness.begin(this.#cluster.simulator.nowUs);
    this.#nemesis.start();
    this.#workload.start();
    this.#clients.start({ cluster: this.#cluster, history: this.#history });
    yield* this.#advance(this.#cluster.simulator.nowUs + this.#scenario.workload.seconds * 1_000_000);
    this.#inSafetyPhase = false;
    for (const [kind, times] of this.#coverage.counts()) if (times > (before.get(kind) ?? 0)) this.#happened.add(kind);
    if (hasRedelivery(this.#history)) this.#happened.add('redelivered');
  }

  *#liveness(): Playing {
    this.#promptness.finish();
    this.#nemesis.healAll();
    this.#workload.stopSending();
    this.#clients.stopSending();
    this.#sharing = () => this.#workload.unshared() ?? this.#clients.unsettled();
    const endUs = this.#cluster.simulator.nowUs + limits.convergenceUs;
    while (this.#snapshotProblems().length > 0 || this.#unsettled() !== undefined) {
      if (this.#cluster.simulator.nowUs >= endUs) {
        const problems = this.#snapshotProblems();
        for (const finding of problems) this.#findings.report(finding);
        if (problems.length === 0) this.#report('liveness', 'not-settled', 'cluster', this.#unsettled() ?? '');
        return;
      }
      yield* this.#advance(this.#cluster.simulator.nowUs + limits.lookUs);
    }
  }

  #snapshotProblems(): readonly Finding[] {
    const partitionsOf = (topic: string) => this.#partitionsOf(topic);
    return checkLiveness(snapshotOf(this.#scenario, partitionsOf, this.#cluster, this.#history, this.#acknowledged, this.#oracle, this.#groups));
  }

  *#finalReads(): Playing {
    let left = 'the final reads did not end';
    this.#workload.readAll(this.#partitions(), () => {
      left = '';
    });
    yield* this.#until(limits.finalReadsUs, () => (left === '' ? undefined : left), 'final reads');
  }

  /** What came of it, once it was played. */
  judge(): RunResult {
    const timeUs = this.#cluster.simulator.nowUs;
    const early = this.#isOver || this.#cut;
    this.#options.atEnd?.(this.#cluster);
    if (!early) this.#phase('checks');
    const { judgement, findings } = compose(early ? [] : this.#finalCheckers(timeUs), timeUs, this.#findings);
    const { fired } = this.#nemesis;
    return {
      scenario: this.#scenario,
      replayable: this.#isReplayable(),
      complete: !early,
      verdict: judgement,
      findings,
      unmet: early ? [] : this.#unmet(findings),
      faultsFired: fired,
      coverage: this.#coverage.counts(),
      acknowledged: this.#workload.acknowledged + this.#clients.acknowledged,
      events: this.#cluster.simulator.dispatches,
      virtualUs: timeUs,
      traceHash: this.#hash.digest(),
      history: this.#history,
      cluster: clusterStateOf(this.#cluster, [...this.#partitions(), ...this.#partitionsOf(offsetsTopic)]),
    };
  }

  #isReplayable(): boolean {
    const { rules = kafkaRules, clientRules = kafkaClientRules } = this.#options;
    const planned = this.#scenario.workload.sandbox ?? [];
    return rules === kafkaRules && clientRules === kafkaClientRules && this.#clients.machines.length === planned.length;
  }

  #finalCheckers(timeUs: number): readonly FinalChecker[] {
    const { deleteRetentionMs } = this.#compaction;
    return [
      { name: 'history', check: () => checkHistory(this.#history, this.#oracle, this.#groups, this.#producers, deleteRetentionMs) },
      { name: 'clients', check: () => this.#clients.findings },
      {
        name: 'audit',
        check: () => {
          this.#oracle.audit(timeUs, auditReplicas(this.#cluster, this.#partitions()));
          this.#oracle.finish(timeUs);
          return [];
        },
      },
    ];
  }

  #unmet(findings: readonly Finding[]): readonly string[] {
    return [
      ...unmetExpectations(this.#scenario, findings, this.#nemesis.fired, this.#happened),
      ...(this.#scenario.expect.findings.length > 0 ? surprises(this.#scenario, findings).map((each) => `${each.anomaly} was not expected`) : []),
    ];
  }

  #partitions(): readonly TopicPartition[] {
    return this.#scenario.cluster.topics.flatMap(({ name }) => this.#partitionsOf(name));
  }

  /** Those that are to be, and those that were added. */
  #partitionsOf(topic: string): readonly TopicPartition[] {
    const planned = this.#scenario.cluster.topics.find(({ name }) => name === topic)?.partitions ?? 0;
    return Array.from({ length: Math.max(planned, this.#cluster.view.partitionCount(topic)) }, (_, index) => topicPartition(topic, index));
  }

  #unsettled(): string | undefined {
    for (const partition of this.#partitions()) {
      const problem = this.#cluster.view.unsettled(partition);
      if (problem !== undefined) return problem;
    }
    return this.#sharing?.();
  }

  /** Goes on until nothing is left to wait for; after the limit what is left is a finding, and the run is over. */
  *#until(limitUs: number, left: () => string | undefined, phase: string): Playing {
    const { simulator } = this.#cluster;
    const endUs = simulator.nowUs + limitUs;
    for (let problem = left(); problem !== undefined; problem = left()) {
      if (simulator.nowUs >= endUs) {
        this.#report('liveness', 'not-done', phase, problem);
        throw new RunOver();
      }
      yield* this.#advance(simulator.nowUs + limits.lookUs);
    }
  }

  *#advance(untilUs: number): Playing {
    const endUs = this.#options.untilUs ?? Number.POSITIVE_INFINITY;
    const end = yield Math.min(untilUs, endUs);
    if (this.#isOver) throw new RunOver();
    if (end === 'livelock') this.#report('simulator', 'livelock', 'cluster', 'more than a million events at one instant');
    else if (untilUs < endUs) return;
    else this.#cut = true;
    throw new RunOver();
  }

  #phase(name: string): void {
    this.#options.listener?.phase?.(this.#cluster.simulator.nowUs, name);
  }

  #report(checker: string, anomaly: string, place: string, message: string): void {
    this.#findings.report({ checker, anomaly, place, message, timeUs: this.#cluster.simulator.nowUs, verdict: 'finding' });
  }

  #thrown(error: unknown): void {
    const timeUs = this.#cluster.simulator.nowUs;
    if (error instanceof InvariantViolation) {
      this.#report('invariant', 'broken-invariant', error.message.replace(/ \(.*\)$/s, ''), error.stack ?? error.message);
      return;
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#findings.report({
      checker: 'harness',
      anomaly: 'harness-error',
      place: 'harness',
      message,
      timeUs,
      verdict: 'unknown',
      reason: 'the harness threw',
    });
  }
}

const allowsUncleanElection = (topic: Scenario['cluster']['topics'][number]): boolean =>
  topic.config.some(({ key, value }) => key === 'unclean.leader.election.enable' && value === 'true');
