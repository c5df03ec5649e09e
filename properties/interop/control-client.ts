/** Asks the control API of a `serve` as a test in any language would: plain HTTP and JSON. */

export interface NodeState {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly state: string;
  readonly controller: boolean;
}
export interface FaultState {
  readonly id: number;
  readonly state: string;
  readonly fired: number;
  readonly node: string | null;
}

export class ControlClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async nodes(): Promise<readonly NodeState[]> {
    return (await this.#ask('GET', '/brokers', 200)) as readonly NodeState[];
  }
  async post(fault: object): Promise<FaultState> {
    return (await this.#ask('POST', '/faults', 201, fault)) as FaultState;
  }
  async fault(id: number): Promise<FaultState> {
    return (await this.#ask('GET', `/faults/${id}`, 200)) as FaultState;
  }
  async remove(id: number): Promise<FaultState> {
    return (await this.#ask('DELETE', `/faults/${id}`, 200)) as FaultState;
  }

  async #ask(method: string, path: string, status: number, body?: object): Promise<unknown> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(this.#url + path, init);
    const text = await answer.text();
    if (answer.status !== status) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }
}

/** Asks again until the answer is there; names what it waited for when it never came. */
export async function eventually<T>(what: string, limitMs: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const endMs = performance.now() + limitMs; ; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
