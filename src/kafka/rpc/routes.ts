/**
 * Which handler serves which API. Owns the one place where a decoded body gets its type back from the API it was decoded for.
 */
import type { Api } from '../../protocol/apis.ts';
import type { Infer, Input, Message } from '../../protocol/schema/schema.ts';
import type { RequestContext, RequestHandler } from './server.ts';

export class Routes {
  readonly #handlers = new Map<number, (context: RequestContext, body: unknown) => void>();
  readonly #apis: Api[] = [];

  /** Serves an API; a second handler for the same one replaces the first. */
  on<Q extends Message, S extends Message>(api: Api<Q, S>, handle: (context: RequestContext<Input<S>>, body: Infer<Q>) => void): this {
    if (!this.#handlers.has(api.key)) this.#apis.push(api);
    this.#handlers.set(api.key, (context, body) => handle(context, body as Infer<Q>));
    return this;
  }

  /** For serve(): what is served. */
  get apis(): readonly Api[] {
    return this.#apis;
  }

  /** For serve(): hands a request to its handler. */
  readonly handle: RequestHandler = (context, api, body) => {
    const handler = this.#handlers.get(api.key);
    if (handler === undefined) context.disconnect();
    else handler(context, body);
  };
}
