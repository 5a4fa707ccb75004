// Parsers of URL flags, as strict as etcd's: scheme, host and port, nothing else. What is returned is written
// canonically and in order, so that the same members give the same ids whatever order they were named in.
import { isIP } from 'node:net';
import { list } from './flag-values.js';

export interface NamedPeer {
  readonly name: string;
  /** Sorted. */
  readonly peerUrls: readonly string[];
}

/** `http://host:port,…`; throws on anything that is not. An empty text is an empty list. */
export function urls(value: string): readonly string[] {
  return [...new Set(list(value).map(urlOf))].sort();
}

/** As urls, at least one. */
export function someUrls(value: string): readonly string[] {
  const found = urls(value);
  if (found.length === 0) throw new Error('expected a URL such as http://127.0.0.1:2379');
  return found;
}

/** As urls: to be listened on, so the host must be an IP address or localhost. */
export function bindUrls(value: string): readonly string[] {
  const found = urls(value);
  for (const url of found) {
    const { host } = hostAndPort(url);
    if (host !== 'localhost' && isIP(host) === 0) {
      throw new Error(`expected IP in URL for binding (${url})`);
    }
  }
  return found;
}

export function someBindUrls(value: string): readonly string[] {
  someUrls(value);
  return bindUrls(value);
}

/** `name=url,name=url,…`; a name may come again with another URL of the same member. */
export function initialCluster(value: string): readonly NamedPeer[] {
  const peers = new Map<string, string[]>();
  for (const item of list(value)) {
    const equals = item.indexOf('=');
    const name = item.slice(0, equals).trim();
    if (equals < 0 || name === '') throw new Error('expected name=http://host:port,…');
    peers.set(name, [...(peers.get(name) ?? []), urlOf(item.slice(equals + 1).trim())]);
  }
  if (peers.size === 0) throw new Error('expected name=http://host:port,…');
  const all = [...peers.values()].flat();
  const twice = all.find((url, index) => all.indexOf(url) < index);
  if (twice !== undefined) throw new Error(`duplicate URL ${twice} in the cluster`);
  return [...peers].map(([name, found]) => ({ name, peerUrls: [...found].sort() }));
}

/** Host without brackets, and port, of a URL that urls() has returned. */
export function hostAndPort(url: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^\w+:\/\/(?:\[(.*)\]|([^[\]]*)):(\d+)$/.exec(url) ?? [];
  return { host: bracketed ?? plain ?? '', port: Number(port) };
}

export const isSecure = (url: string): boolean => url.startsWith('https:');

/** Not through URL, which drops a port that is the scheme's own. */
function urlOf(text: string): string {
  const match = /^([a-z]+):\/\/([^/?#]*)(.*)$/.exec(text);
  const [, scheme = '', address = '', rest = ''] = match ?? [];
  if (match === null) {
    throw new Error(`URL scheme must be http or https: ${text}`);
  }
  if (scheme === 'unix' || scheme === 'unixs') throw new Error('unix sockets are not supported');
  if (scheme !== 'http' && scheme !== 'https') {
    throw new Error(`URL scheme must be http or https: ${text}`);
  }
  const [, port = ''] = /^(?:\[[0-9a-fA-F:.%]+\]|[^:[\]]+):(\d+)$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) {
    throw new Error(`URL address does not have the form "host:port": ${text}`);
  }
  if (rest !== '' && rest !== '/') throw new Error(`URL must not contain a path: ${text}`);
  return `${scheme}://${address}`;
}
