/**
 * Envelope (KIP-590): a broker forwards a client's request, whole with its header; the controller answers it as if it had come directly and
 * puts the answer, with its header and without a length, into its own. Owns the unwrapping; the requests are handled elsewhere.
 */
import { ErrorCode } from '../../model/error-code.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { type Api, apiByKey } from '../../protocol/apis.ts';
import { decodeRequestHeader, encodeResponse } from '../../protocol/frame.ts';
import { decode } from '../../protocol/schema/codec.ts';
import type { Input, Message } from '../../protocol/schema/schema.ts';

export interface ForwardedRequest {
  readonly api: Api;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly body: unknown;
}

const frameLengthBytes = 4;

/** INVALID_REQUEST for what may not be forwarded or cannot be read, UNSUPPORTED_VERSION for a version this controller does not serve. */
export function unwrap(requestData: Uint8Array): Result<ForwardedRequest, ErrorCode> {
  const header = decodeRequestHeader(requestData);
  if (!header.ok) return failed(ErrorCode.INVALID_REQUEST);
  const { apiKey, apiVersion, correlationId, clientId, bodyAt } = header.value;
  const api = apiByKey(apiKey);
  if (api === undefined || !api.forwarded || api.controller === undefined) return failed(ErrorCode.INVALID_REQUEST);
  if (apiVersion < api.controller.min || apiVersion > api.controller.max) return failed(ErrorCode.UNSUPPORTED_VERSION);
  const body = decode(api.request, apiVersion, requestData, bodyAt, 'ignored');
  if (!body.ok) return failed(ErrorCode.INVALID_REQUEST);
  return ok({ api, apiVersion, correlationId, clientId, body: body.value });
}

/** The forwarded request's answer as ResponseData. */
export function wrap(request: ForwardedRequest, body: unknown): Uint8Array {
  const encoded = encodeResponse(request.api, request.apiVersion, request.correlationId, body as Input<Message>);
  const bytes = new Uint8Array(encoded.byteLength);
  let at = 0;
  for (const part of encoded.parts) {
    if (part instanceof Uint8Array) {
      bytes.set(part, at);
      at += part.length;
    } else {
      part.readInto(bytes.subarray(at, at + part.byteLength));
      at += part.byteLength;
    }
  }
  return bytes.subarray(frameLengthBytes);
}
