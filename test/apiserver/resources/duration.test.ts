import { describe, expect, it } from '@jest/globals';
import { humanDuration, shortHumanDuration, since } from '../../../apiserver/resources/duration.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

describe('durations', () => {
  it.each<[number, string]>([
    [-3 * second, '<invalid>'],
    [-1.5 * second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + 3 * hour, '8d'],
    [2 * year - day, '729d'],
    [2 * year, '2y'],
    [2 * year + 40 * day, '2y40d'],
    [8 * year + 40 * day, '8y'],
  ])('prints %i ms as kubectl does: %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it('prints one unit in the short form', () => {
    expect([59 * second, 90 * second, 25 * hour, 2 * year].map(shortHumanDuration)).toEqual([
      '59s',
      '1m',
      '1d',
      '2y',
    ]);
  });

  it('does not know how long ago nothing was', () => {
    expect(since('', 0)).toBe('<unknown>');
    expect(since('1970-01-01T00:00:00Z', 5000)).toBe('5s');
  });
});
