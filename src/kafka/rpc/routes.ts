/**
 * Which handler serves which API. Owns the one place where a decoded body gets its type back from the API it was decoded for.
 */
import type { Api } from '../../protocol/apis.ts';
import type { Infer, Input, Message } from '../../protocol/schema/schema.ts';
import type { RequestContext, RequestHandler } from './server.ts';

export class Routes {
  /** By API key. */
  readonly #handlers: (((context: RequestContext, body: unknown) => void) | undefined)[] = [];
  readonly #apis: Api[] = [];

  /** Serves an API; a second handler for the same one replaces the first. */
  on<Q extends Message, S extends Message>(api: Api<Q, S>, handle: (context: RequestContext<Input<S>>, body: Infer<Q>) => void): this {
    if (this.#handlers[api.key] === undefined) this.#apis.push(api);
    this.#handlers[api.key] = handle as (context: RequestContext, body: unknown) => void;
    return this;
  }

  /** For serve(): what is served. */
  get apis(): readonly Api[] {
    return this.#apis;
  }

  /** For serve(): hands a request to its handler. */
  readonly handle: RequestHandler = (context, api, body) => {
    const handler = this.#handlers[api.key];
    if (handler === undefined) context.disconnect();
    else handler(context, body);
  };
}
