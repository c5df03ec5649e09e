import { simulate } from '/tmp/w-logs/src/simulation/run/simulate.ts';
import { scenarioOfSeed } from '/tmp/w-logs/src/simulation/scenario/arbitrary.ts';
import { seedOf } from '/tmp/w-logs/src/simulation/scenario/seeds.ts';
const [profile, from, n] = process.argv.slice(2);
let found = 0, starts = 0, runs = 0, excused = 0; const seen = new Map<string, number>(); const t0 = process.cpuUsage();
for (let i = Number(from); i < Number(from) + Number(n); i++) {
  const seed = seedOf('d1', i); const s = scenarioOfSeed(seed, (profile === 'any' ? undefined : profile) as never);
  const has = JSON.stringify(s.cluster).includes('retention.bytes');
  let moved = 0;
  const r = simulate(s, { listener: { observed: (_t: number, _n: number, e: { type: string; offset?: number }) => { if (e.type === 'logStart') moved++; } } as never });
  if (has) runs++; if (has && moved > 0) starts++; if (r.verdict === 'excused') excused++;
  if (r.verdict === 'finding' || r.verdict === 'unknown') { found++; const f = r.findings.find((x) => x.verdict !== 'excused'); seen.set(f?.anomaly ?? '', (seen.get(f?.anomaly ?? '') ?? 0) + 1); console.log(seed, JSON.stringify(f).slice(0, 400)); }
}
const u = process.cpuUsage(t0);
console.log(profile, 'found', found, 'of', n, [...seen], 'with retention', runs, 'moved', starts, 'excused', excused, ((u.user + u.system) / 1e6).toFixed(1), 'cpu s');
