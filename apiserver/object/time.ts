// Times as metav1.Time and MicroTime print and read them: RFC 3339 in UTC, whole seconds or microseconds.
// A time is milliseconds since the epoch; the clock is always the caller's.

/** `2026-01-02T03:04:05Z`; the part below a second is cut off. */
export function formatTime(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** `2026-01-02T03:04:05.678000Z`. */
export function formatMicroTime(ms: number): string {
  const micros = Math.floor(ms * 1000);
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds (with a fraction for micros and nanos), or undefined when it is not RFC 3339. */
export function parseTime(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = match;
  const [fraction = '', zone = ''] = [match[7], match[8]];
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(month) < 1 || Number(month) > 12) return undefined;
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return undefined;
  const offsetMinutes = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  if (offsetMinutes > 24 * 60) return undefined;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const fractionMs = fraction === '' ? 0 : Number(`0.${fraction.slice(1, 10)}`) * 1000;
  const sign = zone.startsWith('-') ? 1 : -1;
  return ms + sign * offsetMinutes * 60_000 + fractionMs;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

const layouts = {
  time: '2006-01-02T15:04:05Z07:00',
  microTime: '2006-01-02T15:04:05.000000Z07:00',
};

/** What Go's time.Parse says of a text that is not a time; undefined when it is one. */
export function timeError(text: string, layout: keyof typeof layouts = 'time'): string | undefined {
  if (isTime(text, layout)) return undefined;
  const head = `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layouts[layout])}: `;
  const range = rangeProblem(text);
  if (range !== undefined) return `parsing time ${JSON.stringify(text)}: ${range} out of range`;
  let rest = text;
  for (const [pattern, element] of steps(layout)) {
    const match = pattern.exec(rest);
    if (match === null)
      return `${head}cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;
    rest = rest.slice(match[0].length);
  }
  return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
}

function isTime(text: string, layout: keyof typeof layouts): boolean {
  if (parseTime(text) === undefined) return false;
  return layout === 'time' || /\.\d{6}(Z|[+-])/.test(text);
}

/** The layout's elements in reading order, each with what it accepts. */
function steps(layout: keyof typeof layouts): readonly (readonly [RegExp, string])[] {
  return [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d?/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d/, '05'],
    layout === 'time' ? [/^([.,]\d+)?/, ''] : [/^\.\d{6}/, '.000000'],
    [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ];
}

function rangeProblem(text: string): string | undefined {
  const match = /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?/.exec(text);
  if (match === null) return undefined;
  const [month, hour, minute, second] = [match[2], match[4], match[5], match[6]].map((part) =>
    part === undefined ? undefined : Number(part),
  );
  if (month !== undefined && (month < 1 || month > 12)) return 'month';
  if (hour !== undefined && hour > 23) return 'hour';
  if (minute !== undefined && minute > 59) return 'minute';
  if (second !== undefined && second > 59) return 'second';
  const day = match[3] === undefined ? undefined : Number(match[3]);
  if (
    day !== undefined &&
    rfc3339.test(text) &&
    (day < 1 || day > daysIn(Number(match[1]), month ?? 1))
  )
    return 'day';
  return undefined;
}
