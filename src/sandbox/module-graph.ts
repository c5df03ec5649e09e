/**
 * The CommonJS modules of one process: each file is evaluated once for it, so that two processes share no module's state. Node's own modules are
 * Node's, with what was substituted in them. Owns loading; the text of a file is compiled once for all processes that share a ModuleSource.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { asHarness } from './current.ts';
import { refuse } from './refusal.ts';

type Wrapper = (exports: unknown, require: Require, module: LoadedModule, filename: string, dirname: string) => void;

/** `require` as a module sees it. */
export interface Require {
  (id: string): unknown;
  resolve(id: string): string;
  readonly cache: object;
  readonly main: undefined;
}

interface LoadedModule {
  readonly id: string;
  readonly filename: string;
  readonly children: readonly never[];
  readonly paths: readonly never[];
  exports: unknown;
  loaded: boolean;
  readonly require: Require;
}

const isWrapper = (value: unknown): value is Wrapper => typeof value === 'function';

/** Compiled text, by file. */
export class ModuleSource {
  readonly #wrappers = new Map<string, Script>();
  readonly #kinds = new Map<string, boolean>();

  /** A function of the module's text, fresh with each call. */
  wrapper(filename: string): Wrapper {
    let script = this.#wrappers.get(filename);
    if (script === undefined) {
      const text = readFileSync(filename, 'utf8').replace(/^#!.*/, '');
      // Without a callback for it, import() in the text is refused by Node itself.
      script = new Script(`(function (exports, require, module, __filename, __dirname) { ${text}\n})`, { filename });
      this.#wrappers.set(filename, script);
    }
    const wrapper: unknown = script.runInThisContext();
    if (!isWrapper(wrapper)) throw new TypeError(`${filename} is no CommonJS module`);
    return wrapper;
  }

  /** By its name, or by what the nearest package.json says. */
  isEsm(filename: string): boolean {
    if (filename.endsWith('.mjs')) return true;
    if (filename.endsWith('.cjs')) return false;
    return this.#isEsmFolder(dirname(filename));
  }

  #isEsmFolder(folder: string): boolean {
    const known = this.#kinds.get(folder);
    if (known !== undefined) return known;
    const manifest = join(folder, 'package.json');
    const above = dirname(folder);
    const is = existsSync(manifest) ? typeOf(readFileSync(manifest, 'utf8')) === 'module' : above !== folder && this.#isEsmFolder(above);
    this.#kinds.set(folder, is);
    return is;
  }
}

function typeOf(manifest: string): unknown {
  const parsed: unknown = JSON.parse(manifest);
  return typeof parsed === 'object' && parsed !== null && 'type' in parsed ? parsed.type : undefined;
}

const nodeRequire = createRequire(import.meta.url);

export class ModuleGraph {
  readonly #source: ModuleSource;
  readonly #loaded = new Map<string, LoadedModule>();

  constructor(source: ModuleSource) {
    this.#source = source;
  }

  /** A require that resolves as one in this file (a path or a file URL; of a folder, with a slash at its end) would. */
  requireFrom(from: string): Require {
    const path = from.startsWith('file:') ? fileURLToPath(from) : from;
    const resolver = asHarness(() => createRequire(path));
    const resolve = (id: string): string => asHarness(() => resolver.resolve(id));
    // kafkajs asks for the same modules again with every request.
    const known = new Map<string, { readonly exports: unknown }>();
    const require = (id: string): unknown => {
      let found = known.get(id);
      if (found === undefined) {
        found = isBuiltin(id) ? { exports: asHarness((): unknown => nodeRequire(id)) } : this.#load(resolve(id));
        known.set(id, found);
      }
      return found.exports;
    };
    return Object.assign(require, { resolve, cache: {}, main: undefined });
  }

  #load(filename: string): LoadedModule {
    const known = this.#loaded.get(filename);
    if (known !== undefined) return known;
    if (filename.endsWith('.node')) refuse(`require('${filename}')`, 'nobody can watch native code; use what is written in JavaScript');
    if (asHarness(() => this.#source.isEsm(filename)))
      refuse(`require('${filename}')`, 'it is an ES module, of which two processes would share one instance; use a CommonJS build of it');
    const module: LoadedModule = {
      id: filename,
      filename,
      children: [],
      paths: [],
      exports: {},
      loaded: false,
      require: this.requireFrom(filename),
    };
    this.#loaded.set(filename, module);
    try {
      if (filename.endsWith('.json')) module.exports = JSON.parse(asHarness(() => readFileSync(filename, 'utf8')));
      else {
        const wrapper = asHarness(() => this.#source.wrapper(filename));
        Reflect.apply(wrapper, module.exports, [module.exports, module.require, module, filename, dirname(filename)]);
      }
    } catch (error) {
      this.#loaded.delete(filename);
      throw error;
    }
    module.loaded = true;
    return module;
  }
}
