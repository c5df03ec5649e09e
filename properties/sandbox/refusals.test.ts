/** What a process may not reach fails with an error that names the call and what to do instead. */
import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import crypto, { generateKeyPairSync, webcrypto } from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs, { readFileSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import perfHooks from 'node:perf_hooks';
import tls from 'node:tls';
import workerThreads from 'node:worker_threads';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { SandboxEnv } from '../../src/sandbox/program.ts';
import { calm, inProcess } from './rig.ts';

/** A builtin reached for before the run, as a library does when it is loaded. */
const heldRequest = http.request;
const heldSocket = new net.Socket();
const webAssembly: { compile(bytes: Uint8Array): unknown } = Reflect.get(globalThis, 'WebAssembly');

const calls: readonly (readonly [name: string, call: (env: SandboxEnv) => unknown])[] = [
  ['fs.readFile', () => fs.readFile('/etc/hosts', () => undefined)],
  ['fs.readFileSync', () => readFileSync('/etc/hosts')],
  ['fs.existsSync', () => fs.existsSync('/etc/hosts')],
  ['fs.promises.readFile', () => fsPromises.readFile('/etc/hosts')],
  ['fs.createReadStream', () => fs.createReadStream('/etc/hosts')],
  ['new fs.ReadStream', () => Reflect.construct(fs.ReadStream, ['/etc/hosts'])],
  ['fs.watch', () => fs.watch('/tmp')],
  ['child_process.spawn', () => childProcess.spawn('true')],
  ['child_process.exec', () => childProcess.exec('true')],
  ['child_process.execFileSync', () => childProcess.execFileSync('true')],
  ['child_process.fork', () => childProcess.fork('x')],
  ['new worker_threads.Worker', () => new workerThreads.Worker('1', { eval: true })],
  ['new MessageChannel', () => new MessageChannel()],
  ['new BroadcastChannel', () => new BroadcastChannel('a')],
  ['cluster.fork', () => cluster.fork()],
  ['dgram.createSocket', () => dgram.createSocket('udp4')],
  ['http.request', () => http.request('http://localhost')],
  ['http.get', () => http.get('http://localhost')],
  ['https.request', () => https.request('https://localhost')],
  ['http2.connect', () => http2.connect('http://localhost')],
  ['http.createServer', () => http.createServer()],
  ['fetch', () => fetch('http://localhost')],
  ['net.createServer', () => net.createServer()],
  ['new net.Server', () => new net.Server()],
  ['net.Socket.connect', () => heldSocket.connect(80)],
  ['net.Socket.connect', () => heldRequest('http://localhost:1', { agent: false })],
  ['net.connect to a path', () => net.connect('/tmp/x.sock')],
  ['a class that extends net.Socket', () => new (class extends net.Socket {})()],
  ['tls.connect', () => tls.connect(9092)],
  ['dns.resolve4', () => dns.resolve4('broker-1', () => undefined)],
  ['dns.promises.resolve', () => dns.promises.resolve('broker-1')],
  ['crypto.generateKeyPairSync', () => generateKeyPairSync('ed25519')],
  ['crypto.subtle', () => webcrypto.subtle.digest('SHA-256', new Uint8Array(1))],
  ['crypto.createECDH', () => crypto.createECDH('secp256k1')],
  ['zlib.createGzip', () => zlib.createGzip()],
  ['new zlib.Gunzip', () => Reflect.construct(Reflect.get(zlib, 'Gunzip'), [])],
  ['new WeakRef', () => new WeakRef({})],
  ['new FinalizationRegistry', () => new FinalizationRegistry(() => undefined)],
  ['Atomics.wait', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)],
  ['WebAssembly.compile', () => webAssembly.compile(new Uint8Array(8))],
  ['performance.mark', () => performance.mark('a')],
  ['perf_hooks.monitorEventLoopDelay', () => perfHooks.monitorEventLoopDelay()],
  ['process.cpuUsage', () => process.cpuUsage()],
  ['process.memoryUsage', () => process.memoryUsage()],
  ['process.kill', () => process.kill(process.pid, 0)],
  ['process.stdin', () => process.stdin.read()],
  ['os.loadavg', () => os.loadavg()],
  ["require('module.mjs')", (env) => env.require('./fixtures/module.mjs')],
];

const here = { resolveFrom: import.meta.url };
const namesOf = (text: string): string => (/^(.*) is not available in the sandbox: .{20,}/s.exec(text)?.[1] ?? text).replace(/'\/.*\//, "'");

describe('a process of the sandbox', () => {
  test('is refused by name what would be real', async () => {
    const told = await inProcess(async (env) => {
      const texts: string[] = [];
      for (const [, call] of calls) {
        try {
          await call(env);
          texts.push('nothing was refused');
        } catch (error) {
          texts.push(error instanceof Error ? namesOf(error.message) : String(error));
        }
      }
      return texts;
    }, here);
    expect(told).toEqual(calls.map(([name]) => name));
  });
  test('is refused a dynamic import in a module of its own', async () => {
    const message = await inProcess((env) => (env.require('./fixtures/importing.cjs') as { load(): Promise<string> }).load(), here);
    expect(message).toBe('A dynamic import callback was not specified.');
  });
  test('is told what to do when it dies of a dynamic import', async () => {
    const died = await inProcess((env) => (env.require('./fixtures/importing.cjs') as { fail(): Promise<unknown> }).fail(), here).catch(String);
    expect(died).toContain('import() is not available in the sandbox: load CommonJS modules with require');
  });
  test('is refused to go on when something real woke it', async () => {
    let wake = (): void => undefined;
    const real = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let waits = false;
    const watch = setInterval(() => waits && wake(), 1);
    const goOn = async (env: SandboxEnv): Promise<string> => {
      waits = true;
      await real;
      try {
        env.record.producer({ idempotent: false, maxInFlight: 1 }).send({ topic: 'orders', key: null, value: 'a', acks: -1 });
      } catch (error) {
        return String(error);
      }
      return 'nothing was refused';
    };
    const died = await inProcess(goOn, { scenario: calm(60) }).catch(String);
    clearInterval(watch);
    expect(died).toContain('what woke service is not available in the sandbox: it came in real time');
  });
});

describe('code outside the processes', () => {
  test('reaches what is real while a sandbox runs', async () => {
    const real: string[] = [];
    const watch = setInterval(() => real.push(typeof fs.readFileSync(new URL(import.meta.url), 'utf8')), 1);
    const before = Date.now();
    await inProcess(() => undefined);
    clearInterval(watch);
    expect(Math.abs(Date.now() - before)).toBeLessThan(60_000);
    expect(real).toContain('string');
    expect(childProcess.execFileSync('true').length).toBe(0);
  });
});
