// What the store counts, and the text of a /metrics page (Prometheus's format, version 0.0.4). Plain numbers, read when
// somebody asks; names are etcd's.
export interface MetricLine {
  /** Behind the family's name; '' but for histograms. */
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly lines: readonly MetricLine[];
}

/** A family of one line. */
export function metric(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): MetricFamily {
  return { name, type, help, lines: [{ suffix: '', labels, value }] };
}

/** One line of a family, as those have it who count by themselves. */
export interface Sample extends Omit<MetricFamily, 'lines' | 'type'> {
  readonly type: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function familyOf({ type, name, help, value, labels }: Sample): MetricFamily {
  return metric(type, name, help, value, labels);
}

/** 1 ms doubling to 8.2 s, as etcd has them for its disk. */
export const diskSecondsBounds: readonly number[] = Array.from(
  { length: 14 },
  (_, at) => 0.001 * 2 ** at,
);

export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  /** How many fell at or below each bound, and not below an earlier one; the last is for those above all. */
  readonly #counts: number[];
  #sum = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const index = at < 0 ? this.#bounds.length : at;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  family(): MetricFamily {
    let count = 0;
    const buckets = this.#counts.map((each, at): MetricLine => {
      count += each;
      const le = this.#bounds[at];
      return {
        suffix: '_bucket',
        labels: { le: le === undefined ? '+Inf' : String(le) },
        value: count,
      };
    });
    const lines: MetricLine[] = [
      ...buckets,
      { suffix: '_sum', labels: {}, value: this.#sum },
      { suffix: '_count', labels: {}, value: count },
    ];
    return { name: this.#name, type: 'histogram', help: this.#help, lines };
  }
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Families of one name are one, in the place of the first. */
export function metricsText(families: readonly MetricFamily[]): string {
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    const known = byName.get(family.name);
    byName.set(
      family.name,
      known ? { ...known, lines: [...known.lines, ...family.lines] } : family,
    );
  }
  return [...byName.values()].map(familyText).join('');
}

function familyText({ name, type, help, lines }: MetricFamily): string {
  const values = lines.map(
    ({ suffix, labels, value }) => `${name}${suffix}${labelsText(labels)} ${valueText(value)}\n`,
  );
  return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n${values.join('')}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
