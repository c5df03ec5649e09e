/**
 * Frames: an int32 length, a header, a message. Owns what surrounds a message on a connection; which versions a peer may ask for, and what to do
 * with bytes that are no frame, is decided by those who hold the connection.
 */
import { failed, ok, type Result } from '../model/result.ts';
import { type Api, apiByKey, requestHeaderVersion, responseHeaderVersion } from './apis.ts';
import { requestHeader, responseHeader } from './messages/header.ts';
import { type DecodeError, decode, decodePrefix, type Encoded, write } from './schema/codec.ts';
import { output } from './schema/output.ts';
import type { Infer, Input, Message } from './schema/schema.ts';
import { readText } from './schema/text.ts';

export { FrameReader } from './frame-reader.ts';

export interface RequestHeaderFields {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Index of the body's first byte. */
  readonly bodyAt: number;
}

export interface ResponseHeaderFields {
  readonly correlationId: number;
  readonly bodyAt: number;
}

const lengthBytes = 4;

/** A request with its length and header, in one contiguous view that nothing else refers to. */
export function encodeRequest<Q extends Message>(
  api: Api<Q>,
  version: number,
  correlationId: number,
  clientId: string | null,
  body: Input<Q>,
): Uint8Array {
  output.start(lengthBytes, 'whole');
  write(output, requestHeader, requestHeaderVersion(api, version), {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId,
    clientId,
  });
  write(output, api.request, version, body);
  stampLength();
  return output.toBytes();
}

/** A response with its length and header; records in it stay what they are. */
export function encodeResponse<S extends Message>(api: Api<Message, S>, version: number, correlationId: number, body: Input<S>): Encoded {
  output.start(lengthBytes, 'parts');
  write(output, responseHeader, responseHeaderVersion(api, version), { correlationId });
  write(output, api.response, version, body);
  stampLength();
  return output.toEncoded();
}

function stampLength(): void {
  const length = output.byteLength - lengthBytes;
  const bytes = output.bytes;
  const at = output.from;
  bytes[at] = length >> 24;
  bytes[at + 1] = length >> 16;
  bytes[at + 2] = length >> 8;
  bytes[at + 3] = length;
}

/**
 * The header of a request; `frame` is without its length. Fails for a key that is unknown or retired. The version is not judged, but decides
 * the header's own version, as an ApiVersions request of an unsupported version must still be answered (KIP-511).
 */
export function decodeRequestHeader(frame: Uint8Array): Result<RequestHeaderFields, DecodeError> {
  if (frame.length < 4) return failed({ at: 0, field: 'RequestApiKey', problem: 'the frame ends before the header' });
  const key = int16(frame, 0);
  const version = int16(frame, 2);
  const api = apiByKey(key);
  if (api === undefined) return failed({ at: 0, field: 'RequestApiKey', problem: `no API has the key ${key}` });
  if (version < 0) return failed({ at: 2, field: 'RequestApiVersion', problem: `a version is not negative: ${version}` });
  const headerVersion = requestHeaderVersion(api, version);
  const plain = plainRequestHeader(headerVersion, key, version, frame);
  if (plain !== undefined) return ok(plain);
  const header = decodePrefix(requestHeader, headerVersion, frame);
  if (!header.ok) return header;
  const { correlationId, clientId } = header.value.value;
  return ok({ apiKey: key, apiVersion: version, correlationId, clientId, bodyAt: header.value.end });
}

/** Nearly every header: whole, with a client id and without tagged fields. Read in place; undefined for any other, which the schema decides. */
function plainRequestHeader(headerVersion: 1 | 2, apiKey: number, apiVersion: number, frame: Uint8Array): RequestHeaderFields | undefined {
  const length = frame.length < clientIdAt ? -1 : int16(frame, clientIdAt - 2);
  const end = clientIdAt + length;
  if (length < 0 || frame.length <= end || (headerVersion === 2 && frame[end] !== 0)) return undefined;
  const bodyAt = headerVersion === 2 ? end + 1 : end;
  return { apiKey, apiVersion, correlationId: int32(frame, 4), clientId: readText(frame, clientIdAt, length), bodyAt };
}

/** The header of the response to a request of this API and version; `frame` is without its length. */
export function decodeResponseHeader(api: Api, version: number, frame: Uint8Array): Result<ResponseHeaderFields, DecodeError> {
  const headerVersion = responseHeaderVersion(api, version);
  // Nearly every one, read in place: there are no tagged fields.
  if (frame.length > correlationIdBytes && (headerVersion === 0 || frame[correlationIdBytes] === 0))
    return ok({ correlationId: int32(frame, 0), bodyAt: correlationIdBytes + headerVersion });
  const header = decodePrefix(responseHeader, headerVersion, frame);
  if (!header.ok) return header;
  return ok({ correlationId: header.value.value.correlationId, bodyAt: header.value.end });
}

/**
 * The body of the response to a request of this API and version. A broker that does not know the version of an ApiVersions request answers in
 * version 0 with error 35, so bytes that are no ApiVersions response of the version asked for may be one of version 0 (KIP-511).
 */
export function decodeResponse<S extends Message>(
  api: Api<Message, S>,
  version: number,
  frame: Uint8Array,
  bodyAt: number,
): Result<Infer<S>, DecodeError> {
  const body = decode(api.response, version, frame, bodyAt);
  if (body.ok || version === 0 || api.key !== apiVersionsKey) return body;
  const oldest = decode(api.response, 0, frame, bodyAt);
  return oldest.ok ? oldest : body;
}

const apiVersionsKey = 18;
/** Where a request's client id begins, behind its length: after the key, the version and the correlation id. */
const clientIdAt = 10;
const correlationIdBytes = 4;
const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
const int16 = (bytes: Uint8Array, at: number): number => (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0);
