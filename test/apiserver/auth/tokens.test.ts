import { describe, expect, it } from '@jest/globals';
import { parseTokenFile, StaticTokens } from '../../../apiserver/auth/tokens.js';

describe('a token file', () => {
  it('gives each token its user, uid and groups, and everybody system:authenticated', () => {
    const users = parseTokenFile('secret,anna,1,"dev,ops"\n\n# note\nother, bob ,2\n');
    expect(users.get('secret')).toEqual({
      name: 'anna',
      uid: '1',
      groups: ['dev', 'ops', 'system:authenticated'],
      extra: {},
    });
    expect(users.get('other')).toMatchObject({ name: 'bob', groups: ['system:authenticated'] });
    expect(users.size).toBe(2);
  });

  it('is refused with the number of the line that has too few columns', () => {
    expect(() => parseTokenFile('a,b,c\ntoken,user\n')).toThrow('line 2');
    expect(() => parseTokenFile(',user,1\n')).toThrow('line 1: the token is empty');
  });

  it('answers for its tokens only', () => {
    const tokens = new StaticTokens(parseTokenFile('secret,anna,1\n'));
    expect(tokens.authenticateToken('secret')?.name).toBe('anna');
    expect(tokens.authenticateToken('secre')).toBeUndefined();
    expect(tokens.authenticateToken('')).toBeUndefined();
  });
});
