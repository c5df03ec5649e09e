/** The pass that makes each fault that is left weaker and shorter. */
import { diskCallKinds } from '../../../io/virtual/disk-faults.ts';
import type { Fault } from '../../nemesis/fault.ts';
import { changing, type Pass } from './pass.ts';

export const weakerFaults: Pass = changing('weaker faults', (scenario) =>
  scenario.faults.flatMap((fault, index) =>
    weaker(fault).map((changed) => ({ ...scenario, faults: scenario.faults.map((each, other) => (other === index ? changed : each)) })),
  ),
);

function weaker(fault: Fault): readonly Fault[] {
  return [...milder(fault), ...shorter(fault), ...fewerPeers(fault), ...rounder(fault)];
}

function milder(fault: Fault): readonly Fault[] {
  switch (fault.kind) {
    case 'crash':
      return fault.powerLoss ? [{ ...fault, powerLoss: false }] : [];
    case 'partition':
      return [
        { ...fault, kind: 'partition-one-way', direction: 'outbound' },
        { ...fault, kind: 'partition-one-way', direction: 'inbound' },
      ];
    case 'slow-disk':
      return [
        ...(fault.bytesPerSecond === null ? [] : [{ ...fault, bytesPerSecond: null }]),
        ...less(fault.perOperationMs).map((perOperationMs) => ({ ...fault, perOperationMs })),
      ];
    case 'slow-network':
      return [...(fault.jitterMs === 0 ? [] : [{ ...fault, jitterMs: 0 }]), ...less(fault.latencyMs).map((latencyMs) => ({ ...fault, latencyMs }))];
    case 'slow-handler':
      return less(fault.perPollMs).map((perPollMs) => ({ ...fault, perPollMs }));
    case 'slow-lane':
      return less(fault.perStepMs).map((perStepMs) => ({ ...fault, perStepMs }));
    case 'disk-error':
      return [
        ...(fault.nthCall === null ? [{ ...fault, nthCall: 1 }] : less(fault.nthCall).map((nthCall) => ({ ...fault, nthCall }))),
        ...(fault.calls === 'all' ? diskCallKinds.filter((calls) => calls !== 'all').map((calls) => ({ ...fault, calls })) : []),
      ];
    case 'disk-full':
      return fault.freeBytes === 0 ? [] : [{ ...fault, freeBytes: 0 }];
    case 'stalled-sync':
      return [{ ...fault, kind: 'slow-disk', perOperationMs: 1000, bytesPerSecond: null }];
    case 'add-partitions':
      return fault.partitions > 1 ? [{ ...fault, partitions: 1 }] : [];
    default:
      return [];
  }
}

function shorter(fault: Fault): readonly Fault[] {
  if ('durationMs' in fault) return less(fault.durationMs).map((durationMs) => ({ ...fault, durationMs }));
  if ('downMs' in fault) return (fault.downMs === null ? [5000] : less(fault.downMs)).map((downMs) => ({ ...fault, downMs }));
  return [];
}

const less = (ms: number): readonly number[] => [...new Set([Math.floor(ms / 8), Math.floor(ms / 2)])].filter((value) => value > 0 && value < ms);

/** None named means all of them, which is more. */
function fewerPeers(fault: Fault): readonly Fault[] {
  if (!('peers' in fault) || fault.peers.length < 2) return [];
  return fault.peers.map((_, index) => ({ ...fault, peers: fault.peers.filter((_each, other) => other !== index) }));
}

/** Times that read well, and events without a count. */
function rounder(fault: Fault): readonly Fault[] {
  const { trigger } = fault;
  if (trigger.type === 'time')
    return [1000, 100, 1]
      .map((step) => Math.floor(trigger.atMs / step) * step)
      .filter((atMs, index, all) => atMs !== trigger.atMs && all.indexOf(atMs) === index)
      .map((atMs) => ({ ...fault, trigger: { type: 'time', atMs } }));
  return [
    ...(trigger.nth > 1 ? [{ ...fault, trigger: { ...trigger, nth: 1 } }] : []),
    ...(trigger.afterMs > 0 ? [{ ...fault, trigger: { ...trigger, afterMs: 0 } }] : []),
  ];
}
