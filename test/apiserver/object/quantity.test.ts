// Quantities: exact values, Go's canonical text, Go's errors.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityError,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
} from '../../../apiserver/object/quantity.js';

const q = (text: string) => parseQuantity(text)!;

describe('quantities', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512Ki', '512Ki'],
    ['1000Ki', '1000Ki'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1500e3', '1500e3'],
    ['0', '0'],
    ['0Gi', '0'],
    ['-1', '-1'],
    ['+1.', '1'],
    ['.5', '500m'],
    ['0.5Ki', '512'],
    ['1023', '1023'],
    ['1E', '1E'],
    ['100n', '100n'],
    ['0.1n', '1n'],
    ['100000000000000000000', '9223372036854775807'],
  ])('prints %s as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it('takes numbers for their text', () => {
    expect(canonicalQuantity(2)).toBe('2');
    expect(canonicalQuantity(0.25)).toBe('250m');
    expect(canonicalQuantity(12345678901234567n)).toBe('12345678901234567');
  });

  it.each(['', 'abc', '1.2.3', '1 Gi', '--1', 'Gi', '.', {}, true])('refuses %p', (value) => {
    expect(quantityError(value)).toBe(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  });

  it('refuses an unknown suffix in its own words', () => {
    expect(quantityError('1GiGi')).toBe("unable to parse quantity's suffix");
    expect(quantityError('1e999999')).toBe("unable to parse quantity's suffix");
  });

  it('compares, adds and subtracts exactly', () => {
    expect(compareQuantities(q('1Gi'), q('1G'))).toBe(1);
    expect(compareQuantities(q('1'), q('1000m'))).toBe(0);
    expect(formatQuantity(addQuantities(q('100m'), q('950m')))).toBe('1050m');
    expect(formatQuantity(subtractQuantities(q('1Gi'), q('512Mi')))).toBe('512Mi');
    expect(quantityValue(q('1100m'))).toBe(2n);
    expect(quantityMilliValue(q('0.0001'))).toBe(1n);
    expect(quantityValue(q('-1100m'))).toBe(-1n);
  });

  it('prints what it reads back as the same value', () => {
    const suffixes = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2'];
    fc.assert(
      fc.property(
        fc.nat(10 ** 7),
        fc.nat(999),
        fc.constantFrom(...suffixes),
        (whole, part, suffix) => {
          const parsed = q(`${whole}.${part}${suffix}`);
          const again = q(formatQuantity(parsed));
          if (parsed.format === 'BinarySI') {
            // Whole bytes; those that 1024 does not divide have no suffix and read back as decimal, as in Go.
            expect(quantityValue(again)).toBe(quantityValue(parsed));
          } else {
            expect(again.nano).toBe(parsed.nano);
            expect(formatQuantity(again)).toBe(formatQuantity(parsed));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
