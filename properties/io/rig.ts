/**
 * The two worlds behind one handle, so that the same cases run on both.
 * Owns how a case waits: in the virtual world by letting virtual time pass, on this machine by letting real time pass.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { CloseReason, Connection, ConnectionEvents } from '../../src/io/network.ts';
import { memoryFileSystem } from '../../src/io/real/memory-file-system.ts';
import { realWorld } from '../../src/io/real/real-world.ts';
import { Simulator } from '../../src/io/virtual/simulator.ts';
import type { World } from '../../src/io/world.ts';
import { Machine } from '../../src/server/machine.ts';
import { Ways } from '../../src/server/ways.ts';

export interface Rig {
  /** A node's world, with two disks, `a` and `b`. */
  start(name: string): World;
  /** How others reach a node. */
  address(name: string): string;
  /** Runs a step as if a callback of the node ran it. */
  enter(name: string, step: () => void): void;
  /** Lets time pass until the condition holds; throws after ten seconds. */
  until(condition: () => boolean): Promise<void>;
  /** Lets so much time pass. */
  rest(ms: number): Promise<void>;
  close(): void;
}

export interface RigKind {
  readonly name: string;
  make(): Rig;
}

export function virtualRig(simulator = new Simulator({ seed: 'conformance' })): Rig {
  let id = 0;
  const untilUs = (endUs: number, condition: () => boolean): boolean => {
    while (!condition()) {
      if (simulator.nowUs >= endUs) return false;
      simulator.run(simulator.nowUs + 100);
    }
    return true;
  };
  return {
    start(name) {
      let world: World | undefined;
      simulator.host(name, { id: id++, disks: ['a', 'b'] }).boot((booted) => {
        world = booted;
      });
      if (world === undefined) throw new Error('the program did not start');
      return world;
    },
    address: (name) => name,
    enter: (name, step) => simulator.find(name)?.enter(step),
    until: async (condition) => {
      if (!untilUs(simulator.nowUs + 10_000_000, condition)) throw new Error('the condition never came true');
    },
    rest: async (ms) => {
      simulator.run(simulator.nowUs + ms * 1000);
    },
    close: () => undefined,
  };
}

function realRig(disksOf: (name: string) => Parameters<typeof realWorld>[0]['disks'], cleanUp: () => void): Rig {
  const worlds: ReturnType<typeof realWorld>[] = [];
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    start(name) {
      const world = realWorld({ disks: disksOf(name), connectTimeoutMs: 2_000 });
      worlds.push(world);
      return world;
    },
    address: () => '127.0.0.1',
    enter: (_name, step) => step(),
    async until(condition) {
      for (let tries = 0; tries < 10_000; tries++) {
        if (condition()) return;
        await sleep(1);
      }
      throw new Error('the condition never came true');
    },
    rest: sleep,
    close() {
      for (const world of worlds) world.close();
      cleanUp();
    },
  };
}

export const virtualKind: RigKind = { name: 'the virtual world', make: () => virtualRig() };

export const fileKind: RigKind = {
  name: 'this machine',
  make: () => {
    const folder = mkdtempSync(`${tmpdir()}/faultline-io-`);
    const disksOf = (name: string): ReadonlyMap<string, string> => {
      const disks = new Map(['a', 'b'].map((disk) => [disk, `${folder}/${name}-${disk}`]));
      for (const path of disks.values()) mkdirSync(path);
      return disks;
    };
    return realRig(disksOf, () => rmSync(folder, { recursive: true }));
  },
};

export const memoryKind: RigKind = {
  name: 'this machine with disks in memory',
  make: () =>
    realRig(
      (name) => {
        const fileSystem = memoryFileSystem();
        return new Map(
          ['a', 'b'].map((disk) => {
            const path = `/${name}-${disk}`;
            fileSystem.mkdirSync(path);
            return [disk, { fileSystem, path }];
          }),
        );
      },
      () => undefined,
    ),
};

/** A machine of `serve` with nothing wrong: what stands between its program and this machine may not be felt. */
export const servedKind: RigKind = {
  name: 'a machine of a server',
  make: () => {
    const machines: Machine[] = [];
    const around = {
      ways: new Ways(() => 0),
      nodeBehind: new Map(),
      nodeAt: () => undefined,
      clientNamed: () => undefined,
      observe: () => undefined,
      ended: (_machine: Machine, why: object) => {
        throw new Error(`a program ended: ${JSON.stringify(why)}`);
      },
    };
    const rig = realRig(
      () => new Map(),
      () => undefined,
    );
    return {
      ...rig,
      start(name) {
        const fileSystem = memoryFileSystem();
        const disks = new Map(
          ['a', 'b'].map((disk) => {
            fileSystem.mkdirSync(`/${disk}`);
            return [disk, { fileSystem, path: `/${disk}` }];
          }),
        );
        let world: World | undefined;
        const place = { name, id: machines.length, role: 'broker', host: '127.0.0.1', port: 0, listenHost: '127.0.0.1' } as const;
        const program = (given: World) => {
          world = given;
          return { shutDown: (done: () => void) => done() };
        };
        const machine = new Machine({ ...place, disks, program }, around);
        machines.push(machine);
        machine.boot();
        if (world === undefined) throw new Error('the program did not start');
        return world;
      },
      close() {
        for (const machine of machines) machine.close();
        rig.close();
      },
    };
  },
};

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** One end of a connection, and what happened to it. Received bytes that follow one another make one entry of the log. */
export class End implements ConnectionEvents {
  readonly connection: Connection;
  readonly log: string[] = [];
  /** All bytes received, one character each. */
  text = '';
  onOpened: (end: End) => void = () => undefined;
  onReceived: (end: End, bytes: Uint8Array) => void = () => undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** closed() came. */
  get over(): boolean {
    return this.log.at(-1)?.startsWith('closed') === true;
  }

  opened(): void {
    this.log.push('opened');
    this.onOpened(this);
  }

  received(bytes: Uint8Array): void {
    if (this.log.at(-1) !== 'received') this.log.push('received');
    this.text += Buffer.from(bytes).toString('latin1');
    this.onReceived(this, bytes);
  }

  drained(): void {
    this.log.push('drained');
  }

  closed(why: CloseReason): void {
    this.log.push(`closed ${why}`);
  }
}
