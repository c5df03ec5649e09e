/**
 * The public API: play a scenario, with one's own service in it or without, write, draw, read and judge one. Everything else in the package is an implementation detail.
 */

export type { NodeEvent, NodeEventType } from './io/node-event.ts';
export { kafkaRules, type Rules } from './kafka/rules/rules.ts';
export { type BrokerId, brokerId, type LeaderEpoch, type Offset, type TimestampMs } from './model/brand.ts';
export { ErrorCode, errorName } from './model/error-code.ts';
export type { Result } from './model/result.ts';
export { type TopicPartition, topicPartition } from './model/topic-partition.ts';
export { failureText } from './report/failure-text.ts';
export { scenarioOfToken, scenarioToken } from './report/token.ts';
export type { FunctionProgram, ModuleProgram, SandboxEnv, SandboxProgram } from './sandbox/program.ts';
export type {
  CommitRecord,
  Membership,
  PartitionOf,
  ProducerRecorder,
  ReaderRecorder,
  Recorder,
  RecordRead,
  SendRecord,
} from './sandbox/recorder.ts';
export { runSandbox, type SandboxOptions, SandboxSetupError } from './sandbox/sandbox.ts';
export type { Finding, Judgement, Verdict } from './simulation/checker/finding.ts';
export type { ClusterPlan, TopicPlan } from './simulation/cluster/plan.ts';
export type { CoverageKind } from './simulation/history/coverage.ts';
export type { History, HistoryProcess } from './simulation/history/history.ts';
export type { Completion, HistoryOperation, Operation, OperationResult, ReadRecord } from './simulation/history/operation.ts';
export type { Fault, FaultKind, FiredFault, Target, Trigger } from './simulation/nemesis/fault.ts';
export { type ProfileName, profileNames } from './simulation/profile-name.ts';
export type { BrokerState, ClusterState, PartitionState, ReplicaState } from './simulation/run/cluster-state.ts';
export type { RunResult } from './simulation/run/result.ts';
export { type SimulateOptions, simulate } from './simulation/run/simulate.ts';
export { scenarioArbitrary, scenarioArbitraryOf, scenarioOfSeed } from './simulation/scenario/arbitrary.ts';
export {
  type ConfigFields,
  type ConsumerFields,
  type FaultFields,
  type GroupFields,
  type ProducerFields,
  type SandboxFields,
  type ScenarioFields,
  scenarioOf,
  type TopicFields,
} from './simulation/scenario/fields.ts';
export { parseScenario } from './simulation/scenario/parse.ts';
export { printScenario } from './simulation/scenario/print.ts';
export { seedOf } from './simulation/scenario/seeds.ts';
export { type Expectation, type Scenario, scenarioVersion } from './simulation/scenario.ts';
export type { ConsumerPlan, GroupPlan, ProducerPlan, WorkloadPlan } from './simulation/workload/plan.ts';
