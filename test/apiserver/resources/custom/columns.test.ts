// Cells of custom printer columns, and the values selectors compare.
import { describe, expect, it } from '@jest/globals';
import { customColumns, selectableField } from '../../../../apiserver/resources/custom/columns.js';

const now = Date.UTC(2026, 0, 1, 1);
const object = {
  metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { n: 3, f: 1.5, on: true, text: 't', list: ['x'], at: 'then' },
};

const column = (type: string, jsonPath: string) => ({
  name: 'X',
  type,
  format: '',
  description: '',
  priority: 0,
  jsonPath,
});
const cell = (type: string, jsonPath: string): unknown =>
  customColumns([column(type, jsonPath)])[1]?.cell(object, now);

describe('a custom column', () => {
  it.each([
    ['integer', '.spec.n', 3],
    ['integer', '.spec.text', null],
    ['number', '.spec.f', 1.5],
    ['boolean', '.spec.on', true],
    ['boolean', '.spec.n', null],
    ['string', '.spec.text', 't'],
    ['string', '.spec.n', '3'],
    ['string', '.spec.list', '["x"]'],
    ['string', '.spec.missing', null],
    ['date', '.metadata.creationTimestamp', '60m'],
    ['date', '.spec.at', '<invalid>'],
    ['string', '.spec[', null],
  ])('of type %s shows %s as %p', (type, path, shown) => {
    expect(cell(type, path)).toEqual(shown);
  });

  it('stands after NAME; without any there is AGE', () => {
    expect(customColumns([column('string', '.a')]).map(({ name }) => name)).toEqual(['Name', 'X']);
    expect(customColumns([]).map(({ name, type }) => [name, type])).toEqual([
      ['Name', 'string'],
      ['Age', 'date'],
    ]);
  });
});

describe('a selectable field', () => {
  it.each([
    ['.spec.text', 't'],
    ['.spec.n', '3'],
    ['.spec.on', 'true'],
    ['.spec.list', ''],
    ['.spec.missing', ''],
  ])('%s reads %p', (path, value) => {
    expect(selectableField(path)(object)).toBe(value);
  });
});
