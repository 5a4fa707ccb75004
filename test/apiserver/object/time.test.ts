// Times: RFC 3339 in and out, and Go's words for what is none.
import { describe, expect, it } from '@jest/globals';
import {
  formatMicroTime,
  formatTime,
  parseTime,
  timeError,
} from '../../../apiserver/object/time.js';

describe('times', () => {
  it('prints seconds and microseconds in UTC', () => {
    const ms = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(formatTime(ms)).toBe('2026-01-02T03:04:05Z');
    expect(formatMicroTime(ms)).toBe('2026-01-02T03:04:05.678000Z');
  });

  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.999Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05Z'],
    ['2024-02-29T23:59:59-01:30', '2024-03-01T01:29:59Z'],
  ])('reads %s', (text, utc) => {
    expect(formatTime(parseTime(text)!)).toBe(utc);
  });

  it('keeps microseconds through reading and printing', () => {
    const text = '2026-01-02T03:04:05.123456Z';
    expect(formatMicroTime(parseTime(text)!)).toBe(text);
  });

  it.each([
    ['x', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
    [
      '2026-01-02',
      'parsing time "2026-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
    ],
    ['2026-13-02T03:04:05Z', 'parsing time "2026-13-02T03:04:05Z": month out of range'],
    ['2026-02-30T03:04:05Z', 'parsing time "2026-02-30T03:04:05Z": day out of range'],
    ['2026-01-02T25:04:05Z', 'parsing time "2026-01-02T25:04:05Z": hour out of range'],
    [
      '2026-01-02T03:04:05',
      'parsing time "2026-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ],
    ['2026-01-02T03:04:05Zx', 'parsing time "2026-01-02T03:04:05Zx": extra text: "x"'],
    ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
  ])('says of %p what Go says', (text, message) => {
    expect(timeError(text)).toBe(message);
  });

  it('asks a MicroTime for exactly six digits', () => {
    expect(timeError('2026-01-02T03:04:05.000000Z', 'microTime')).toBeUndefined();
    expect(timeError('2026-01-02T03:04:05Z', 'microTime')).toContain(
      'cannot parse "Z" as ".000000"',
    );
  });
});
