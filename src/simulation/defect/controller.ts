/** Wrong decisions of the controller: who may be elected, and whose registration stands. */
import type { ControllerRules } from '../../kafka/rules/controller.ts';
import { kafkaRules } from '../../kafka/rules/rules.ts';
import type { Defect } from './defect.ts';

const { controller } = kafkaRules;
const changed = (rules: Partial<ControllerRules>): Pick<Defect, 'rules'> => ({ rules: { controller: { ...controller, ...rules } } });

export const controllerDefects: readonly Defect[] = [
  {
    id: 'KIP-966',
    decision: 'the last member of the ISR is elected again after it lost its power',
    property: ['LeaderCompleteness', 'LeaderCandidateCompleteness'],
    profile: 'no-loss',
    ...changed({
      checkRegistration(question) {
        const answer = controller.checkRegistration(question);
        return answer.type === 'accepted' ? { type: 'accepted', unclean: false } : answer;
      },
      eligibleLeaderReplicas: (question) =>
        question.targetIsr.length > 0
          ? []
          : question.isr.length > 0
            ? question.isr.filter((id) => question.targetReplicas.includes(id))
            : question.elr,
    }),
  },
];
