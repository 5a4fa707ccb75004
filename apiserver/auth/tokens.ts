// Bearer tokens. The static ones come from --token-auth-file, CSV lines `token,user,uid,"group1,group2"`
// as kube-apiserver reads them (csvauthtoken). Tokens are looked up by digest: timing says nothing of them.
import { createHash } from 'node:crypto';
import { authenticatedGroup } from './authorizer.js';
import type { UserInfo } from './user-info.js';

export interface TokenAuthenticator {
  /** Undefined: nobody's token. */
  authenticateToken(token: string): UserInfo | undefined | Promise<UserInfo | undefined>;
}

export class StaticTokens implements TokenAuthenticator {
  readonly #users: ReadonlyMap<string, UserInfo>;

  constructor(users: ReadonlyMap<string, UserInfo>) {
    this.#users = new Map([...users].map(([token, user]) => [digest(token), user]));
  }

  authenticateToken(token: string): UserInfo | undefined {
    return this.#users.get(digest(token));
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64');

/** Throws an Error that names the line. */
export function parseTokenFile(text: string): Map<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [token = '', name = '', uid, groups = ''] = csvFields(line);
    if (uid === undefined) {
      throw new Error(
        `line ${index + 1}: expected at least 3 columns (token, user name, user uid)`,
      );
    }
    if (token === '') throw new Error(`line ${index + 1}: the token is empty`);
    const named = groups
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    users.set(token, { name, uid, groups: [...named, authenticatedGroup], extra: {} });
  }
  return users;
}

/** RFC 4180 fields of one line; quotes double inside quotes. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y;
  for (;;) {
    const match = field.exec(line);
    if (match === null) return fields;
    const [, quoted, plain = '', separator] = match;
    fields.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (separator !== ',') return fields;
  }
}
