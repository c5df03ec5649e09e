/** What has no place in a virtual world, each with the remedy. A program that reaches for it fails with an error that names the call. */
import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import os from 'node:os';
import perfHooks from 'node:perf_hooks';
import workerThreads from 'node:worker_threads';
import { refuse } from '../refusal.ts';
import type { Substitutions } from '../substitutions.ts';

const remedies = {
  fs: 'processes have no files; read what they need before the run and hand it to them, or load modules with env.require',
  process: 'other processes and threads run in real time; start what you need as a process of the sandbox',
  network: 'only the virtual cluster can be reached; put a double in the place of other services',
  keys: 'it draws real entropy in other threads; make keys before the run and hand them over',
  messages: 'messages between threads come in real time; call what you need directly',
  collection: 'it shows when garbage was collected, which differs from run to run; own the object and close it explicitly',
  measure: 'it measures the real machine; use Date.now or performance.now, which are virtual',
  memory: 'waiting for shared memory is waiting in real time; use a timer',
  compile: 'it works in other threads; use new WebAssembly.Module, or load it before the run',
} as const;

const webAssembly: object = Object(Reflect.get(globalThis, 'WebAssembly'));

const tables: readonly (readonly [object, string, keyof typeof remedies, readonly string[]])[] = [
  [childProcess, 'child_process', 'process', ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync', 'ChildProcess']],
  [workerThreads, 'worker_threads', 'process', ['Worker']],
  [workerThreads, 'worker_threads', 'messages', ['MessageChannel', 'BroadcastChannel']],
  [globalThis, '', 'messages', ['MessageChannel', 'BroadcastChannel']],
  [cluster, 'cluster', 'process', ['fork', 'setupPrimary']],
  [dgram, 'dgram', 'network', ['createSocket', 'Socket']],
  [http, 'http', 'network', ['request', 'get', 'createServer', 'ClientRequest']],
  [https, 'https', 'network', ['request', 'get', 'createServer']],
  [http2, 'http2', 'network', ['connect', 'createServer', 'createSecureServer']],
  [globalThis, '', 'network', ['fetch', 'WebSocket', 'EventSource']],
  [
    crypto,
    'crypto',
    'keys',
    [
      'generateKey',
      'generateKeySync',
      'generateKeyPair',
      'generateKeyPairSync',
      'generatePrime',
      'generatePrimeSync',
      'checkPrime',
      'createDiffieHellman',
      'createECDH',
    ],
  ],
  [globalThis, '', 'collection', ['WeakRef', 'FinalizationRegistry']],
  [Atomics, 'Atomics', 'memory', ['wait', 'waitAsync']],
  [webAssembly, 'WebAssembly', 'compile', ['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming']],
  [performance, 'performance', 'measure', ['mark', 'measure', 'timerify', 'eventLoopUtilization']],
  [perfHooks, 'perf_hooks', 'measure', ['monitorEventLoopDelay', 'createHistogram', 'PerformanceObserver']],
  [process, 'process', 'measure', ['cpuUsage', 'resourceUsage', 'memoryUsage', 'getActiveResourcesInfo']],
  [process, 'process', 'process', ['kill', 'abort', 'chdir', 'dlopen', 'setUncaughtExceptionCaptureCallback']],
  [os, 'os', 'measure', ['freemem', 'loadavg', 'uptime']],
];

export function substituteRefused(substitutions: Substitutions): void {
  for (const [object, module, remedy, names] of tables)
    for (const name of names) substitutions.refuse(object, name, module === '' ? name : `${module}.${name}`, remedies[remedy]);
  for (const [object, prefix] of [
    [fs, 'fs'],
    [fs.promises, 'fs.promises'],
  ] as const)
    for (const name of Object.keys(object)) if (!dataOfFs.has(name)) substitutions.refuse(object, name, `${prefix}.${name}`, remedies.fs);
  const subtle: object = Object.getPrototypeOf(crypto.webcrypto);
  substitutions.getter(subtle, 'subtle', () =>
    refuse('crypto.subtle', 'it works in other threads; use createHash, createHmac and their like of node:crypto'),
  );
  substitutions.getter(process, 'stdin', () => refuse('process.stdin', 'nobody types in a virtual world; hand the input to the process'));
}

/** What fs exports that touches no file. */
const dataOfFs: ReadonlySet<string> = new Set(['constants', 'promises', 'Stats', 'Dirent', '_toUnixTimestamp']);
