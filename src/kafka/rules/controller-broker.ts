/**
 * Whose registration stands, what becomes of a broker that sent a heartbeat, and when a broker counts as gone. Owns no state and no records.
 * Sources: KIP-631, KIP-841, KIP-966; ClusterControlManager.registerBroker, BrokerHeartbeatManager.calculateNextBrokerState, BrokerHeartbeatTracker.
 */
import type { BrokerState, HeartbeatQuestion, RegistrationAnswer, RegistrationQuestion } from './controller.ts';

/**
 * A second incarnation is refused while the first one lives, unless that one was already shutting down. A restart is clean only if the
 * broker brings the epoch of its last registration out of its clean-shutdown marker: otherwise writes that it acknowledged may be gone.
 */
export function checkRegistration(question: RegistrationQuestion): RegistrationAnswer {
  const known = question.known;
  if (known === undefined) return { type: 'accepted', unclean: false };
  if (known.incarnation === question.incarnation) return { type: 'same' };
  if (question.sessionLive && !known.inControlledShutdown) return { type: 'refused' };
  return { type: 'accepted', unclean: question.previousBrokerEpoch !== known.epoch };
}

export function nextBrokerState(question: HeartbeatQuestion): BrokerState {
  switch (question.state) {
    case 'fenced':
      if (question.wantShutDown) return 'shutdownNow';
      return !question.wantFence && question.currentMetadataOffset >= question.registrationOffset ? 'unfenced' : 'fenced';
    case 'unfenced':
      if (question.wantFence) return question.wantShutDown ? 'shutdownNow' : 'fenced';
      if (!question.wantShutDown) return 'unfenced';
      return question.leads() ? 'controlledShutdown' : 'shutdownNow';
    case 'controlledShutdown':
      // The others must know the new leaders first, or clients would find nobody to ask.
      return question.leads() || question.controlledShutdownOffset > question.lowestActiveOffset() ? 'controlledShutdown' : 'shutdownNow';
  }
}

export const isStale = (lastContactMs: number, nowMs: number, sessionTimeoutMs: number): boolean => lastContactMs + sessionTimeoutMs < nowMs;
