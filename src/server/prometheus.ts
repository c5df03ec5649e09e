/** Metrics as text that Prometheus reads (exposition format 0.0.4). Owns the form; what is measured is `metrics.ts`'s. */

export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Values of one metric, each with labels of its own. A summary here has no quantiles: how often, and how much in all. */
export type Metric = { readonly name: string; readonly help: string } & (
  | { readonly type: 'gauge' | 'counter'; readonly values: readonly Sample<number>[] }
  | { readonly type: 'summary'; readonly values: readonly Sample<{ readonly count: number; readonly sum: number }>[] }
);

/** Names of labels are [a-zA-Z_][a-zA-Z0-9_]*; their values any text. */
export interface Sample<Value> {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: Value;
}

/** A metric without values is left out. */
export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.length > 0)
    .map((metric) => `# HELP ${metric.name} ${escaped(metric.help)}\n# TYPE ${metric.name} ${metric.type}\n${lines(metric).join('\n')}\n`)
    .join('');
}

function lines(metric: Metric): readonly string[] {
  const { name } = metric;
  if (metric.type !== 'summary') return metric.values.map(({ labels, value }) => line(name, labels, value));
  return metric.values.flatMap(({ labels, value }) => [line(`${name}_sum`, labels, value.sum), line(`${name}_count`, labels, value.count)]);
}

function line(name: string, labels: Sample<unknown>['labels'], value: number): string {
  const texts = Object.entries(labels).map(([label, text]) => `${label}="${escaped(String(text)).replaceAll('"', '\\"')}"`);
  return `${name}${texts.length === 0 ? '' : `{${texts.join(',')}}`} ${value}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
