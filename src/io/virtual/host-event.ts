/** An event that ends in a program's code: it passes the gate of the program's process, which may be dead or paused. */
import { QueuedEvent } from './event-queue.ts';

/** What a step or a callback puts out: it leaves at once, or when the disk work before it is done. */
export interface Output {
  leave(): void;
}

export abstract class HostEvent extends QueuedEvent {
  /** Calls the program; runs only while the process is alive and not paused. Subclasses' fire() hands them to Incarnation.receive. */
  abstract deliver(): void;
}
