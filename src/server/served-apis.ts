/** Every API that a broker or a controller of this program serves, by key. */
import { type Api, apisOf } from '../protocol/apis.ts';

export function servedApis(): readonly Api[] {
  const served = new Set([...apisOf('broker'), ...apisOf('controller')]);
  return [...served].sort((a, b) => a.key - b.key);
}
