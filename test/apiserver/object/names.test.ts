// Names, keys and addresses: apimachinery's checks and its words.
import { describe, expect, it } from '@jest/globals';
import {
  cidrContains,
  cidrRange,
  formatIp,
  isCidr,
  isIp,
  parseCidr,
  parseIp,
} from '../../../apiserver/object/addresses.js';
import {
  checkName,
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isHttpPath,
  isLabelValue,
  isPathSegment,
  isPortName,
  isQualifiedName,
  isWildcardDns1123Subdomain,
} from '../../../apiserver/object/names.js';

describe('names', () => {
  it('words a bad subdomain exactly as kubectl users know it', () => {
    expect(isDns1123Subdomain('POD-B')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
  });

  it('words a bad label with both examples', () => {
    expect(isDns1123Label('A')[0]).toContain("(e.g. 'my-name',  or '123-abc', regex used");
    expect(isDns1123Label('a'.repeat(64))).toEqual(['must be no more than 63 characters']);
    expect(isDns1035Label('1a')).toHaveLength(1);
  });

  it.each([
    ['a', true],
    ['example.com/a.B_c-1', true],
    ['', false],
    ['a/', false],
    ['/a', false],
    ['a/b/c', false],
    ['-a', false],
    ['EXAMPLE.com/a', false],
    [`a/${'b'.repeat(64)}`, false],
  ])('tells whether %p is a qualified name', (text, isFine) => {
    expect(isQualifiedName(text).length === 0).toBe(isFine);
  });

  it('checks the other kinds of names', () => {
    expect(isLabelValue('')).toEqual([]);
    expect(isLabelValue('a b')).toHaveLength(1);
    expect(isLabelValue('a'.repeat(64))).toEqual(['must be no more than 63 bytes']);
    expect(isQualifiedName('a'.repeat(64))).toEqual(['name part must be no more than 63 bytes']);
    expect(isPathSegment('..')).toEqual(["may not be '..'"]);
    expect(isPathSegment('a/b%')).toEqual(["may not contain '/'", "may not contain '%'"]);
    expect(isPortName('http')).toEqual([]);
    expect(isPortName('80')).toEqual(['must contain at least one letter (a-z)']);
    expect(isPortName('a--b')).toEqual(['must not contain consecutive hyphens']);
    expect(isPortName('a-name-of-16-cha')).toEqual(['must be no more than 15 characters']);
    expect(isConfigMapKey('..a')).toEqual(["must not start with '..'"]);
    expect(isConfigMapKey('')).toHaveLength(1);
    expect(isEnvVarName('A B')).toEqual([]);
    expect(isEnvVarName('A=B')).toHaveLength(1);
    expect(isWildcardDns1123Subdomain('*.a.b')).toEqual([]);
    expect(isHttpPath('a')).toEqual(['must be an absolute path']);
    expect(isHttpPath('/a//b/..')).toEqual(["must not contain '//'", "cannot end with '/..'"]);
  });

  it('lets a generateName end in a dash', () => {
    expect(checkName('web-', 'dns-subdomain', true)).toEqual([]);
    expect(checkName('web-', 'dns-subdomain')).toHaveLength(1);
    expect(checkName('Web-', 'dns-label', true)).toHaveLength(1);
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ])('reads %s and prints %s', (text, canonical) => {
    expect(formatIp(parseIp(text)!)).toBe(canonical);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1::2::3',
    '1:2:3',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    ':::',
  ])('refuses %p', (text) => {
    expect(parseIp(text)).toBeUndefined();
    expect(isIp(text)).toEqual(['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
  });

  it('knows what a CIDR holds', () => {
    const cidr = parseCidr('10.96.0.0/12')!;
    expect(cidrContains(cidr, parseIp('10.111.255.255')!)).toBe(true);
    expect(cidrContains(cidr, parseIp('10.112.0.0')!)).toBe(false);
    expect(cidrContains(cidr, parseIp('::1')!)).toBe(false);
    expect(cidrRange(cidr).last - cidrRange(cidr).first).toBe(2n ** 20n - 1n);
    expect(isCidr('10.0.0.0/33')).toHaveLength(1);
    expect(isCidr('10.0.0.0')).toHaveLength(1);
  });
});
