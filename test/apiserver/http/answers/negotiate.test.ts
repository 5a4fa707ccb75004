import { describe, expect, it } from '@jest/globals';
import {
  negotiate,
  negotiateStatus,
  Negotiator,
} from '../../../../apiserver/http/answers/negotiate.js';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('negotiation', () => {
  it.each([
    ['*/*', 'json', undefined],
    ['application/*', 'json', undefined],
    ['application/yaml', 'yaml', undefined],
    ['application/vnd.kubernetes.protobuf, */*', 'json', undefined],
    ['application/vnd.kubernetes.protobuf,application/json', 'json', undefined],
    ['text/html;q=0.9, application/yaml;q=0.8, application/json;q=0.2', 'yaml', undefined],
    ['*/*, application/yaml', 'yaml', undefined],
    [`${table},application/json`, 'json', 'Table'],
    [`application/json;as=Table;v=v2;g=meta.k8s.io, application/json`, 'json', undefined],
    [
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'json',
      'PartialObjectMetadataList',
    ],
    ['application/json;stream=watch', 'json', undefined],
    ['application/json; charset=utf-8', 'json', undefined],
  ])('%s -> %s %s', (accept, format, as) => {
    expect(negotiate(accept, true)).toMatchObject({ format, as });
  });

  it.each(['text/html', 'application/vnd.kubernetes.protobuf', 'application/json;as=Pod;g=;v=v1'])(
    '%s cannot be served',
    (accept) => {
      expect(negotiate(accept, true)).toBeUndefined();
    },
  );

  it('a table of what has none is 406, unless something else is acceptable', () => {
    expect(negotiate(table, false)).toBeUndefined();
    expect(negotiate(`${table},application/json`, false)).toMatchObject({ as: undefined });
    expect(() => new Negotiator().choose(table, false)).toThrow(
      'only the following media types are accepted: application/json, application/yaml',
    );
  });

  it('no Accept, or an empty one, is JSON', () => {
    const negotiator = new Negotiator();
    expect(negotiator.choose(undefined, true)).toMatchObject({ format: 'json', as: undefined });
    expect(negotiator.choose('', true)).toMatchObject({ format: 'json', as: undefined });
  });

  it('errors always find a form', () => {
    expect(negotiateStatus('text/html')).toBe('json');
    expect(negotiateStatus('application/yaml')).toBe('yaml');
    expect(negotiateStatus(undefined)).toBe('json');
  });

  it('remembers a bounded number of headers', () => {
    const negotiator = new Negotiator();
    for (let i = 0; i < 2000; i++) {
      expect(negotiator.choose(`application/json;n=${i}`, true).format).toBe('json');
    }
  });
});
