import { describe, expect, it } from '@jest/globals';
import {
  bindUrls,
  hostAndPort,
  initialCluster,
  urls,
} from '../../../apiserver/config/url-values.js';

describe('URLs of flags', () => {
  it('are sorted, once each, and keep their port', () => {
    const text = 'https://b:443,http://a:80/,http://a:80,http://[::1]:2379';
    expect(urls(text)).toEqual(['http://[::1]:2379', 'http://a:80', 'https://b:443']);
    expect(urls('')).toEqual([]);
    expect(hostAndPort('http://[::1]:2379')).toEqual({ host: '::1', port: 2379 });
    expect(hostAndPort('https://a.example:1')).toEqual({ host: 'a.example', port: 1 });
  });

  it.each([
    ['foo', 'URL scheme must be http or https: foo'],
    ['ftp://a:1', 'URL scheme must be http or https: ftp://a:1'],
    ['http://a', 'URL address does not have the form "host:port": http://a'],
    ['http://a:70000', 'URL address does not have the form "host:port": http://a:70000'],
    ['http://::1:2379', 'URL address does not have the form "host:port": http://::1:2379'],
    ['http://a:1/path', 'URL must not contain a path: http://a:1/path'],
    ['unix://a', 'unix sockets are not supported'],
  ])('%s is none', (text, why) => {
    expect(() => urls(text)).toThrow(why);
  });

  it('that are listened on name an address', () => {
    expect(bindUrls('http://localhost:1,http://0.0.0.0:2')).toHaveLength(2);
    expect(() => bindUrls('http://example.com:1')).toThrow(
      'expected IP in URL for binding (http://example.com:1)',
    );
  });
});

describe('--initial-cluster', () => {
  it('names members, each with one URL or more', () => {
    expect(initialCluster('a=http://h:2,b=http://h:3,a=http://h:1')).toEqual([
      { name: 'a', peerUrls: ['http://h:1', 'http://h:2'] },
      { name: 'b', peerUrls: ['http://h:3'] },
    ]);
  });

  it.each([
    ['', 'expected name=http://host:port,…'],
    ['http://h:1', 'expected name=http://host:port,…'],
    ['a=http://h:1,b=http://h:1', 'duplicate URL http://h:1 in the cluster'],
  ])('%s is none', (text, why) => {
    expect(() => initialCluster(text)).toThrow(why);
  });
});
