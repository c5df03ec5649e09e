/**
 * Passes what only the controller may do to the active controller, whole, inside an Envelope (KIP-590), and its answer back.
 * Owns the retries while the controller moves; the answer after the time is up is made by each API. Source: ForwardingManager.
 */
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type Api, apis } from '../../protocol/apis.ts';
import { decodeResponse, decodeResponseHeader, encodeRequest } from '../../protocol/frame.ts';
import { defaultPrincipalData } from '../../protocol/messages/data/default-principal-data.ts';
import type { EnvelopeResponse } from '../../protocol/messages/envelope.ts';
import { encodeToBytes } from '../../protocol/schema/codec.ts';
import type { Infer, Input, Message } from '../../protocol/schema/schema.ts';
import type { RequestContext } from '../rpc/server.ts';
import { answer, type BrokerContext } from './broker-context.ts';

/** Between two tries, as NodeToControllerChannelManager's retry back-off. */
const retryBackoffMs = 100;
const lengthBytes = 4;
/** Without authentication every client is this one. */
const principal = anonymousPrincipal();
const loopback = new Uint8Array([127, 0, 0, 1]);

/** Asks the controller in this client's name; the answer comes in the lane `requests`. */
export function forward<Q extends Message, S extends Message>(
  broker: BrokerContext,
  api: Api<Q, S>,
  version: number,
  clientId: string | null,
  body: Input<Q>,
  done: (result: Result<Infer<S>, ErrorCode>) => void,
): void {
  const correlationId = 0;
  const requestData = encodeRequest(api, version, correlationId, clientId, body).subarray(lengthBytes);
  const deadlineMs = broker.world.clock.monotonicMs() + broker.config.controllerSocketTimeoutMs;
  const attempt = (): void => {
    const leftMs = deadlineMs - broker.world.clock.monotonicMs();
    if (leftMs <= 0 || broker.stopped) {
      done(failed(ErrorCode.REQUEST_TIMED_OUT));
      return;
    }
    const envelope = { requestData, requestPrincipal: principal, clientHostAddress: loopback };
    broker.controller.send(
      apis.envelope,
      envelope,
      (result) => {
        const moved = !result.ok || result.value.errorCode === ErrorCode.NOT_CONTROLLER;
        if (moved) broker.world.clock.after('forwarding retry', retryBackoffMs, () => broker.world.on('requests', attempt));
        else done(unwrap(api, version, result.value));
      },
      { timeoutMs: leftMs },
    );
  };
  attempt();
}

function unwrap<Q extends Message, S extends Message>(api: Api<Q, S>, version: number, envelope: EnvelopeResponse): Result<Infer<S>, ErrorCode> {
  if (envelope.errorCode !== ErrorCode.NONE) return failed(envelope.errorCode as ErrorCode);
  if (envelope.responseData === null) return failed(ErrorCode.UNKNOWN_SERVER_ERROR);
  const header = decodeResponseHeader(api, version, envelope.responseData);
  const body = header.ok ? decodeResponse(api, version, envelope.responseData, header.value.bodyAt) : header;
  return body.ok ? ok(body.value) : failed(ErrorCode.UNKNOWN_SERVER_ERROR);
}

/**
 * A handler that forwards. `refuse` makes the answer when the controller could not be asked; `errorOf` finds the worst error in an answer.
 * The types of a decoded answer and of one to be encoded differ only in what may be left out.
 */
export function forwarding<Q extends Message, S extends Message>(
  broker: BrokerContext,
  api: Api<Q, S>,
  refuse: (request: Infer<Q>, error: ErrorCode) => Input<S>,
  errorOf: (response: Infer<S>) => number,
): (context: RequestContext<Input<S>>, request: Infer<Q>) => void {
  return (context, request) =>
    forward(broker, api, context.apiVersion, context.clientId, input<Q>(request), (result) => {
      if (result.ok) answer(broker, context, input<S>(result.value), errorOf(result.value));
      else answer(broker, context, refuse(request, result.error), result.error);
    });
}

/** What was decoded can be encoded again: Input only lets fields be left out that Infer always has. */
const input = <M extends Message>(decoded: unknown): Input<M> => decoded as Input<M>;

/** KafkaPrincipal.ANONYMOUS as DefaultKafkaPrincipalBuilder serializes it: int16 version, then the message. */
function anonymousPrincipal(): Uint8Array {
  const body = encodeToBytes(defaultPrincipalData, 0, { type: 'User', name: 'ANONYMOUS', tokenAuthenticated: false });
  const bytes = new Uint8Array(2 + body.length);
  bytes.set(body, 2);
  return bytes;
}
