/** Listener and quorum addresses as Kafka's keys write them. */
import { type BrokerId, brokerId } from '../../model/brand.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { splitList } from './knob.ts';

/** Where a node is reached. Port 0 in `listeners` takes any free one. */
export interface Endpoint {
  /** The listener's name, such as PLAINTEXT. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** A controller of the metadata quorum. `id` is -1 where only its address is known. */
export interface ControllerEndpoint {
  readonly id: BrokerId;
  readonly host: string;
  readonly port: number;
}

const port = (text: string): number | undefined => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined);

/** `PLAINTEXT://host:port,...`; an empty host is every interface of this machine. */
export function parseListeners(value: string): Result<readonly Endpoint[], string> {
  const endpoints: Endpoint[] = [];
  for (const part of splitList(value)) {
    const match = /^([A-Za-z0-9_]+):\/\/(.*):(\d+)$/.exec(part);
    const number = port(match?.[3] ?? '');
    if (match === null || number === undefined) return failed('use NAME://host:port, such as PLAINTEXT://localhost:9092');
    endpoints.push({ name: (match[1] ?? '').toUpperCase(), host: match[2] ?? '', port: number });
  }
  return endpoints.length === 0 ? failed('name at least one listener, such as PLAINTEXT://localhost:9092') : ok(endpoints);
}

/** `id@host:port,...` (controller.quorum.voters) or `host:port,...` (controller.quorum.bootstrap.servers). */
export function parseControllers(value: string): Result<readonly ControllerEndpoint[], string> {
  const controllers: ControllerEndpoint[] = [];
  for (const part of splitList(value)) {
    const match = /^(?:(\d+)@)?([^@:]+):(\d+)$/.exec(part);
    const number = port(match?.[3] ?? '');
    if (match === null || number === undefined) return failed('use host:port or id@host:port, parted by commas');
    controllers.push({ id: brokerId(Number(match[1] ?? -1)), host: match[2] ?? '', port: number });
  }
  return controllers.length === 0 ? failed('name at least one controller as id@host:port') : ok(controllers);
}

export const printListeners = (endpoints: readonly Endpoint[]): string =>
  endpoints.map((each) => `${each.name}://${each.host}:${each.port}`).join(',');
export const printControllers = (controllers: readonly ControllerEndpoint[]): string =>
  controllers.map((each) => (each.id < 0 ? `${each.host}:${each.port}` : `${each.id}@${each.host}:${each.port}`)).join(',');
