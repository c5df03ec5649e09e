/**
 * Apache Kafka's Java client, unmodified, against `faultline serve`: admin, idempotent producer, consumers by assignment and in a group
 * (`Smoke.java`).
 * Needs java (17 or later) and mvn, which fetches the client from Maven Central once, into a folder of temporary files; without them, or
 * without the registry, every version is skipped and named.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Checklist } from './checklist.ts';
import { startServe } from './serve-process.ts';

/** The last release whose clients speak to older brokers too, and the one that this program follows. */
const versions = ['3.9.2', '4.3.1'];
const source = fileURLToPath(new URL('Smoke.java', import.meta.url));
const fetchLimitMs = 180_000;
const runLimitMs = 120_000;
/** How many checks Smoke.java makes. */
const checks = 26;

export async function checkJava(list: Checklist): Promise<void> {
  const missing = missingTools();
  for (const version of versions) {
    const title = `kafka-clients ${version}: admin, producer, consumer and group`;
    if (missing !== undefined) {
      list.skip(title, missing);
      continue;
    }
    const jars = fetchJars('kafka-clients', version);
    if (jars === undefined)
      list.skip(title, `mvn could not fetch org.apache.kafka:kafka-clients:${version}; it needs Maven Central, or a mirror in its settings.xml`);
    else await run(list, version, jars);
  }
}

/** Why nothing in Java can be run; undefined when it can. */
export function missingTools(): string | undefined {
  const missing = ['java', 'mvn'].filter((tool) => spawnSync(tool, ['-version']).error !== undefined);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not on the PATH (Debian: apt-get install openjdk-17-jdk-headless maven)`;
}

/** The folder with the jars of an artifact of Apache Kafka and of what it needs; undefined when they cannot be had. */
export function fetchJars(artifact: string, version: string): string | undefined {
  const folder = join(tmpdir(), `faultline-interop-${artifact}-${version}`);
  mkdirSync(folder, { recursive: true });
  const complete = (): boolean => readdirSync(folder).includes(`${artifact}-${version}.jar`);
  if (complete()) return folder;
  const dependency = (group: string, artifact: string, of: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${of}</version></dependency>`;
  const dependencies = dependency('org.apache.kafka', artifact, version) + dependency('org.slf4j', 'slf4j-nop', '1.7.36');
  const project = `<modelVersion>4.0.0</modelVersion><groupId>none</groupId><artifactId>none</artifactId><version>1</version>`;
  writeFileSync(join(folder, 'pom.xml'), `<project>${project}<dependencies>${dependencies}</dependencies></project>`);
  const copy = ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const fetched = spawnSync('mvn', copy, { timeout: fetchLimitMs, encoding: 'utf8' });
  return fetched.status === 0 && complete() ? folder : undefined;
}

async function run(list: Checklist, version: string, jars: string): Promise<void> {
  const server = await startServe(['--brokers', '3']);
  const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', join(jars, '*'), source, server.bootstrap];
  const ran = spawnSync('java', options, { timeout: runLimitMs, encoding: 'utf8' });
  const lines = ran.stdout.split('\n').filter((line) => /^(ok|failed) /.test(line));
  for (const line of lines) {
    const [, outcome = '', name = '', why = ''] = /^(ok|failed) ([^:]*)(?:: (.*))?$/.exec(line) ?? [];
    await list.check(`kafka-clients ${version}: ${name}`, () => {
      if (outcome !== 'ok') throw new Error(why);
    });
  }
  await list.check(`kafka-clients ${version}: every check ran, and serve lived through them`, async () => {
    const code = await server.stop();
    if (lines.length !== checks) throw new Error(`${lines.length} of ${checks} checks ran:\n${ran.stdout}\n${ran.stderr}`.slice(0, 3000));
    if (code !== 0) throw new Error(`serve ended with ${code}:\n${server.printed().slice(-3000)}`);
  });
}
