/** `process` as one of several sees it: its own environment and listeners, an end that ends only it; and module.createRequire. */
import module from 'node:module';
import type { Substitutions } from '../substitutions.ts';

const listening = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeListener', 'removeAllListeners'] as const;
const asking = ['listeners', 'rawListeners', 'listenerCount', 'eventNames'] as const;

export function substituteProcess(substitutions: Substitutions): void {
  substitutions.getter(process, 'env', (owner) => owner.env);
  for (const name of ['exit', 'reallyExit']) substitutions.call(process, name, (owner, [code]) => owner.exit(code === undefined ? 0 : Number(code)));
  for (const name of [...listening, ...asking])
    substitutions.call(process, name, (owner, args) => {
      const result: unknown = Reflect.apply(owner.listeners[name], owner.listeners, args);
      return result === owner.listeners ? process : result;
    });
  // Node itself tells by it what nobody caught, and would end the whole test run.
  substitutions.call(process, 'emit', (owner, [event, ...details]) => {
    if (event === 'unhandledRejection' || event === 'uncaughtException') {
      if (owner.listeners.listenerCount(event) === 0) owner.failed(details[0]);
      else owner.listeners.emit(event, ...details);
      return true;
    }
    return typeof event === 'string' || typeof event === 'symbol' ? owner.listeners.emit(event, ...details) : false;
  });
  substitutions.call(module, 'createRequire', (owner, [from]) => owner.modules.requireFrom(String(from)));
}
