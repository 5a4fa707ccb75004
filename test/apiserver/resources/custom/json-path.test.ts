// JSONPath as printer columns write it.
import { describe, expect, it } from '@jest/globals';
import { JsonPathError, parseJsonPath } from '../../../../apiserver/resources/custom/json-path.js';

const object = {
  metadata: { name: 'a', annotations: { 'x.y/z': 'dotted' } },
  spec: {
    ports: [
      { name: 'http', port: 80 },
      { name: 'https', port: 443 },
    ],
    on: true,
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Fine]' },
      { type: 'Bad', status: 'False' },
    ],
  },
};

const found = (path: string): unknown => parseJsonPath(path)(object);

describe('a JSON path', () => {
  it.each([
    ['.metadata.name', ['a']],
    ['$.metadata.name', ['a']],
    ['metadata.name', ['a']],
    ['.metadata.annotations.x\\.y/z', ['dotted']],
    [".metadata.annotations['x.y/z']", ['dotted']],
    ['.spec.ports[0].name', ['http']],
    ['.spec.ports[-1].port', [443]],
    ['.spec.ports[*].port', [80, 443]],
    ['.spec.ports[0:1].port', [80]],
    ['.spec.ports[1:].name', ['https']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Ready')].status", ['True']],
    ['.status.conditions[?(@.reason=="Fine]")].type', ['Ready']],
    ['.status.conditions[?(@.reason)].type', ['Ready']],
    ['.status.conditions[?(@.type!="Ready")].type', ['Bad']],
    ['.spec.ports[?(@.port>100)].name', ['https']],
    ['.spec.ports[?(@.port<=80)].name', ['http']],
    ['..type', ['Ready', 'Bad']],
    ['.spec.missing.deeper', []],
    ['.metadata.name[0]', []],
    ['.metadata.toString', []],
  ])('%s', (path, values) => {
    expect(found(path)).toEqual(values);
  });

  it('is the whole object when it is a dot', () => {
    expect(found('.')).toEqual([object]);
  });

  it.each(['.a[', '.a[x]', '.a[?(@.b==c)]', `.${'a'.repeat(5_000)}`])('refuses %.20s', (path) => {
    expect(() => parseJsonPath(path)).toThrow(JsonPathError);
  });
});
