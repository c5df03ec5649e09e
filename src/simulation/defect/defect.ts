/**
 * A wrong decision of Kafka's history as data: what takes the place of a right one in the rules that nodes are built with. Owns the shape and
 * the way from a defect to rules; the defects are in the files beside it. Nothing outside this folder knows of any of them.
 */
import { type ClientRules, kafkaClientRules } from '../../kafka/client/rules.ts';
import { kafkaRules, type Rules } from '../../kafka/rules/rules.ts';
import type { HuntingGround } from '../profile-name.ts';

/** The groups of rules that a defect changes, each whole. */
export interface Defect {
  /** The KIP that replaced the decision, or the issue that told of it. */
  readonly id: string;
  /** The wrong decision, as a sentence without a full stop. */
  readonly decision: string;
  /** The anomalies that it is known by, as checkers name them: a run that shows one of them has found it. */
  readonly property: readonly string[];
  /** Where it is searched: one of the families that `run --profile` plays, or `log`, the scripts of simulation/log-trial. */
  readonly profile: HuntingGround;
  readonly rules?: Partial<Rules>;
  readonly clientRules?: Partial<ClientRules>;
}

/** The options of `simulate` with which a cluster and its clients decide so. */
export const rulesOf = ({
  rules,
  clientRules,
}: Pick<Defect, 'rules' | 'clientRules'>): { readonly rules?: Rules; readonly clientRules?: ClientRules } => ({
  ...(rules && { rules: { ...kafkaRules, ...rules } }),
  ...(clientRules && { clientRules: { ...kafkaClientRules, ...clientRules } }),
});
