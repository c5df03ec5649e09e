/** What was done to a log and what came of it, in plain words: a line for each operation. Owns the wording only. */
import type { Finding } from '../simulation/checker/finding.ts';
import { meaningOf } from '../simulation/checker/meaning.ts';
import type { LogOperation } from '../simulation/log-trial/operation.ts';
import { isWork } from '../simulation/log-trial/operation.ts';
import type { LogEvent, LogOutcome } from '../simulation/log-trial/play.ts';

/** All of it, without a line end at its end. Times are seconds of virtual time since the broker began. */
export function logStoryText(events: readonly LogEvent[], findings: readonly Finding[]): string {
  const happened = `What happened, in ${events.length} ${events.length === 1 ? 'step' : 'steps'}:\n${events.map(eventLine).join('\n')}`;
  if (findings.length === 0) return happened;
  const found = findings.map(({ timeUs, checker, anomaly, place, message }) => {
    const meaning = meaningOf(anomaly);
    return `${line(timeUs, `${checker}/${anomaly} at ${place}${meaning === undefined ? '' : `: ${meaning}`}`)}\n${' '.repeat(14)}${message}`;
  });
  return `${happened}\n\nWhat was found:\n${found.join('\n')}`;
}

const line = (timeUs: number, text: string): string => `${(timeUs / 1_000_000).toFixed(3).padStart(10)} s  ${text}`;

const eventLine = ({ timeUs, operation, outcome }: LogEvent): string => {
  const power = isWork(operation) && operation.powerFailsAt !== undefined && outcome.type === 'opened' ? ', and the power goes' : '';
  return line(timeUs, `${doneText(operation)}${power}${outcomeText(outcome)}`);
};

function doneText(operation: LogOperation): string {
  switch (operation.type) {
    case 'append':
      return `producer ${operation.producer} writes ${operation.keys.length === 1 ? 'key' : 'keys'} ${operation.keys.join(', ')}${operation.transactional ? ' in a transaction' : ''}`;
    case 'retry':
      return `producer ${operation.producer} sends its last batch once more`;
    case 'end':
      return `the coordinator writes that producer ${operation.producer} ${ends[operation.outcome]}`;
    case 'fence':
      return `the coordinator aborts for producer ${operation.producer} in a new producer epoch`;
    case 'zombie':
      return `the zombie of producer ${operation.producer} writes key ${operation.key} in the producer epoch before`;
    case 'elect':
      return 'another coordinator takes over';
    case 'late-end':
      return `the coordinator before it writes, too late, that producer ${operation.producer} ${ends[operation.outcome]}`;
    case 'replicate':
      return `${operation.percent}% of the log are replicated`;
    case 'clean':
      return `the log is compacted, with ${operation.maxKeys} ${operation.maxKeys === 1 ? 'key' : 'keys'} at most in mind`;
    case 'delete':
      return `${operation.percent}% of what is committed is deleted`;
    case 'cut':
      return `another leader leaves ${operation.percent}% of what is not committed`;
    case 'flush':
      return 'the log is made durable';
    case 'stop':
      return 'the broker stops in order';
    case 'crash':
      return operation.powerLoss ? 'the power goes' : 'the broker dies';
    case 'wait':
      return `${operation.ms} ms go by`;
  }
}

const ends = { commit: 'commits', abort: 'aborts' } as const;

function outcomeText(outcome: LogOutcome): string {
  switch (outcome.type) {
    case 'written': {
      const { base, last, epoch, coordinatorEpoch } = outcome;
      const of = coordinatorEpoch === undefined ? '' : `, coordinator epoch ${coordinatorEpoch}`;
      return `: ${base === last ? `offset ${base}` : `offsets ${base} to ${last}`}, producer epoch ${epoch}${of}`;
    }
    case 'duplicate':
      return `: it stands at ${outcome.base} to ${outcome.last}`;
    case 'refused':
      return `, refused: ${outcome.error}`;
    case 'moved':
      return `, to ${outcome.to}`;
    case 'cleaned':
      return `: ${outcome.how}, up to ${outcome.to}`;
    case 'opened':
      return `; it starts again and holds [${outcome.logStart}, ${outcome.logEnd})`;
    case 'done':
      return '';
    case 'nothing':
      return ': there is nothing to do';
  }
}
