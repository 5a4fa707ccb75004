// Cron schedules as the CronJob controller reads them (five fields, names, steps, `@daily`, `@every 1h`): what is
// wrong with one, in the words of the library the controllers use.
import { goDuration } from '../../../object/duration.js';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];

const descriptors = [
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
];

/** Undefined: it is a schedule. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  let rest = schedule;
  if (rest.startsWith('TZ=') || rest.startsWith('CRON_TZ=')) {
    const zone = /^[^=]*=(\S*)\s*(.*)$/s.exec(rest);
    if (zone === null || !isTimeZone(zone[1] ?? ''))
      return `provided bad location ${zone?.[1] ?? ''}: unknown time zone ${zone?.[1] ?? ''}`;
    rest = zone[2] ?? '';
  }
  if (rest.startsWith('@')) return descriptorProblem(rest);
  const parts = rest.trim() === '' ? [] : rest.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [index, bounds] of fields.entries()) {
    for (const expression of (parts[index] ?? '').split(',')) {
      const problem = expression === '' ? undefined : rangeProblem(expression, bounds);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function descriptorProblem(descriptor: string): string | undefined {
  if (descriptors.includes(descriptor)) return undefined;
  const every = '@every ';
  if (!descriptor.startsWith(every)) return `unrecognized descriptor: ${descriptor}`;
  const span = descriptor.slice(every.length);
  if (goDuration(span) !== undefined) return undefined;
  return `failed to parse duration ${descriptor}: time: invalid duration ${JSON.stringify(span)}`;
}

class Problem extends Error {}

function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  try {
    checkRange(expression, bounds);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

function checkRange(expression: string, bounds: Bounds): void {
  const steps = expression.split('/');
  const ends = (steps[0] ?? '').split('-');
  let start = bounds.min;
  let end = bounds.max;
  if (ends[0] !== '*' && ends[0] !== '?') {
    start = numberOf(ends[0] ?? '', bounds);
    if (ends.length > 2) throw new Problem(`too many hyphens: ${expression}`);
    end = ends.length === 2 ? numberOf(ends[1] ?? '', bounds) : start;
  }
  let step = 1;
  if (steps.length > 2) throw new Problem(`too many slashes: ${expression}`);
  if (steps.length === 2) {
    step = wholeNumber(steps[1] ?? '');
    if (ends.length === 1) end = bounds.max;
  }
  if (start < bounds.min)
    throw new Problem(`beginning of range (${start}) below minimum (${bounds.min}): ${expression}`);
  if (end > bounds.max)
    throw new Problem(`end of range (${end}) above maximum (${bounds.max}): ${expression}`);
  if (start > end)
    throw new Problem(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
  if (step === 0) throw new Problem(`step of range should be a positive number: ${expression}`);
}

function numberOf(value: string, { names, min }: Bounds): number {
  const position = names?.indexOf(value.toLowerCase()) ?? -1;
  return position >= 0 ? position + min : wholeNumber(value);
}

function wholeNumber(value: string): number {
  if (!/^[-+]?\d+$/.test(value))
    throw new Problem(
      `failed to parse int from ${value}: strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`,
    );
  const number = Number(value);
  if (number < 0) throw new Problem(`negative number (${number}) not allowed: ${value}`);
  return number;
}

/** Names of the IANA database; the machine's own knowledge decides. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
