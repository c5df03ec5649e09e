/** Sockets and names: node:net's client side on the virtual network, node:dns for its hosts. What listens, tls and the rest are refused. */
import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';
import { refuse } from '../refusal.ts';
import type { SandboxProcess } from '../sandbox-process.ts';
import type { Substitutions } from '../substitutions.ts';
import { systemError, VirtualSocket } from '../virtual-socket.ts';

const noListening = 'processes of the sandbox connect to the virtual cluster and do not listen; leave servers out of what you start';
const plaintext = 'the virtual cluster speaks PLAINTEXT; connect without ssl';

interface Answer {
  readonly address: string;
  readonly family: 4;
}

/** The one address of a host of the virtual world. */
function lookUp(process: SandboxProcess, hostname: unknown): Answer {
  const found = process.resolve(String(hostname));
  if (found === undefined) throw systemError('ENOTFOUND', 'getaddrinfo', { hostname });
  return { address: found.address, family: 4 };
}

const wantsAll = (options: unknown): boolean => typeof options === 'object' && options !== null && 'all' in options && options.all === true;

function lookUpLater(process: SandboxProcess, args: readonly unknown[]): unknown {
  const callback = args.at(-1);
  if (typeof callback !== 'function')
    throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
  const answer = (...answers: unknown[]): void => process.after(0, () => Reflect.apply(callback, undefined, answers)) && undefined;
  try {
    const found = lookUp(process, args[0]);
    if (wantsAll(args[1])) answer(null, [found]);
    else answer(null, found.address, found.family);
  } catch (error) {
    answer(error);
  }
  return {};
}

export function substituteNetwork(substitutions: Substitutions): void {
  const connect = (process: SandboxProcess, args: readonly unknown[]): VirtualSocket =>
    new VirtualSocket(process, halfOpen(args[0])).connect(...args);
  const socket = (process: SandboxProcess, args: readonly unknown[], newTarget: unknown): VirtualSocket => {
    if (typeof newTarget === 'function' && newTarget !== net.Socket) refuse('a class that extends net.Socket', 'use net.connect or new net.Socket()');
    return new VirtualSocket(process, halfOpen(args[0]));
  };
  // Whoever took hold of the real classes before meets this: http, tls, undici.
  substitutions.call(net.Socket.prototype, 'connect', () =>
    refuse('net.Socket.connect', 'connect with net.connect or new net.Socket() called in the process itself'),
  );
  substitutions.refuse(net.Server.prototype, 'listen', 'net.Server.listen', noListening);
  substitutions.construct(net, 'Socket', socket);
  substitutions.value(net, 'Stream', net.Socket);
  substitutions.call(net, 'connect', connect);
  substitutions.call(net, 'createConnection', connect);
  substitutions.refuse(net, 'createServer', 'net.createServer', noListening);
  substitutions.refuse(net, 'Server', 'net.Server', noListening);
  for (const name of ['connect', 'createServer', 'createSecurePair', 'TLSSocket', 'Server'])
    substitutions.refuse(tls, name, `tls.${name}`, plaintext);

  substitutions.call(dns, 'lookup', lookUpLater);
  substitutions.call(dns.promises, 'lookup', async (process, [hostname, options]) => {
    const found = lookUp(process, hostname);
    return wantsAll(options) ? [found] : found;
  });
  for (const [object, prefix] of [
    [dns, 'dns'],
    [dns.promises, 'dns.promises'],
  ] as const)
    for (const name of Object.keys(object))
      if (/^(resolve|reverse|lookupService|Resolver)/.test(name))
        substitutions.refuse(object, name, `${prefix}.${name}`, 'the virtual network has no name servers; dns.lookup knows its hosts');
}

const halfOpen = (options: unknown): { readonly allowHalfOpen?: boolean } =>
  typeof options === 'object' && options !== null && 'allowHalfOpen' in options && options.allowHalfOpen === true ? { allowHalfOpen: true } : {};
