/** A power loss, or an error, at every disk call of a move under load, and decisions that are wrong on purpose. */
import { describe, expect, test } from 'vitest';
import { type MoveRules, moveRules } from '../../../src/kafka/rules/log-moves.ts';
import { kafkaRules, type Rules } from '../../../src/kafka/rules/rules.ts';
import { type CutMove, cutMove } from './move-crashes.ts';

const seeds = [1, 2];
/** More disk calls than a move has. */
const enough = 200;

const withMoves = (moves: Partial<MoveRules>): Rules => ({ ...kafkaRules, log: { ...kafkaRules.log, moves: { ...moveRules, ...moves } } });
const isRight = ({ findings, lost, moved }: CutMove): boolean => findings.length === 0 && lost === 0 && moved;

/** Whether some power loss, or none, shows that the rules are wrong. */
function isSeen(rules: Rules): boolean {
  for (const seed of seeds)
    for (let call = 1; call <= enough; call++) {
      const cut = cutMove(call, seed, rules);
      if (!isRight(cut)) return true;
      if (!cut.struck) break;
    }
  return false;
}

describe('a move of a replica', () => {
  test.each([
    ['the power goes off', 'power', 1],
    ['the power goes off', 'power', 2],
    ['a directory fails', 'error', 1],
  ] as const)('loses nothing and is completed, at whatever disk call %s (%s, %i)', (_title, how, seed) => {
    let call = 1;
    for (; call <= enough; call++) {
      const cut = cutMove(call, seed, kafkaRules, how);
      expect([call, cut]).toEqual([call, { struck: cut.struck, findings: [], lost: 0, moved: true }]);
      if (!cut.struck) break;
    }
    // The last one came behind the end of the move.
    expect(call).toBeGreaterThan(30);
    expect(call).toBeLessThan(enough);
  });

  test.each<[string, Partial<MoveRules>]>([
    [
      'takes the place of the replica before it has caught up',
      {
        moveStep(state) {
          const step = moveRules.moveStep(state);
          return step.type === 'copy' && state.future.end > 0 ? { type: 'promote' } : step;
        },
      },
    ],
    ['is not synced before it counts', { promotionSteps: () => moveRules.promotionSteps().filter((step) => step !== 'sync') }],
  ])('is seen when the copy %s', (_title, wrong) => expect(isSeen(withMoves(wrong))).toBe(true));
});
