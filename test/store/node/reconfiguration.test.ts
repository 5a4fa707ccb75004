import { describe, expect, it } from '@jest/globals';
import type { MemberInfo } from '../../../store/index.js';
import {
  checkAdd,
  checkedPeerUrls,
  checkPromote,
  checkRemove,
  isPeerUrl,
  type Health,
} from '../../../store/member/reconfiguration.js';

/** `a` has started, `a?` has not, `a-` is a learner. */
const members = (...words: readonly string[]): readonly MemberInfo[] =>
  words.map((word) => ({
    id: BigInt(word.charCodeAt(0)),
    name: word.endsWith('?') ? '' : word.charAt(0),
    peerUrls: [],
    clientUrls: [],
    isLearner: word.endsWith('-'),
  }));
const id = (name: string): bigint => BigInt(name.charCodeAt(0));

/** `a` asks; who is not named is down. */
const connected = (...names: readonly string[]): Health => ({
  self: id('a'),
  connectedForMs: (member) => (names.map(id).includes(member) ? 5_000 : undefined),
});

const codeOf = (run: () => void): string => {
  try {
    run();
    return 'ok';
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
};

describe('adding a member', () => {
  const add = (list: readonly MemberInfo[], health: Health, isLearner = false): string =>
    codeOf(() => {
      checkAdd(list, isLearner, health);
    });

  it('is right for a second one, though there is no quorum until it starts', () => {
    expect(add(members('a'), connected())).toBe('ok');
  });
  it('waits for those that were added before to start', () => {
    expect(add(members('a', 'b?'), connected())).toBe('not-enough-started');
    expect(add(members('a', 'b', 'c?'), connected('b', 'c'))).toBe('not-enough-started');
    expect(add(members('a', 'b', 'c', 'd?'), connected('b', 'c', 'd'))).toBe('ok');
  });
  it('waits until the leader has reached every voter for a while', () => {
    expect(add(members('a', 'b', 'c'), connected('b'))).toBe('unhealthy');
    const justNow: Health = { self: id('a'), connectedForMs: () => 4_999 };
    expect(add(members('a', 'b', 'c'), justNow)).toBe('unhealthy');
    expect(add(members('a', 'b', 'c'), connected('b', 'c'))).toBe('ok');
  });
  it('takes one learner at a time, and does not wait for it to start', () => {
    expect(add(members('a', 'b?'), connected('b'), true)).toBe('ok');
    expect(add(members('a', 'b-'), connected('b'), true)).toBe('too-many-learners');
    expect(add(members('a', 'b-'), connected())).toBe('ok');
  });
});

describe('removing a member', () => {
  const remove = (list: readonly MemberInfo[], name: string, health: Health): string =>
    codeOf(() => {
      checkRemove(list, id(name), health);
    });

  it('never takes the last one', () => {
    expect(remove(members('a'), 'a', connected())).toBe('not-enough-started');
    expect(remove(members('a', 'b-'), 'a', connected('b'))).toBe('not-enough-started');
  });
  it('leaves a quorum of members that have started', () => {
    expect(remove(members('a', 'b', 'c?'), 'b', connected('b', 'c'))).toBe('not-enough-started');
    expect(remove(members('a', 'b', 'c?'), 'c', connected('b', 'c'))).toBe('ok');
  });
  it('leaves a quorum of members that are up', () => {
    expect(remove(members('a', 'b', 'c'), 'b', connected('b'))).toBe('unhealthy');
    expect(remove(members('a', 'b', 'c'), 'a', connected('b'))).toBe('unhealthy');
    expect(remove(members('a', 'b', 'c'), 'b', connected('b', 'c'))).toBe('ok');
  });
  it('lets one go that is down, and learners always', () => {
    expect(remove(members('a', 'b', 'c'), 'c', connected('b'))).toBe('ok');
    expect(remove(members('a', 'b', 'c-'), 'c', connected())).toBe('ok');
    expect(remove(members('a', 'b'), 'z', connected('b'))).toBe('member-not-found');
  });
});

describe('promoting a learner', () => {
  const promote = (list: readonly MemberInfo[], learner: number | undefined): string =>
    codeOf(() => {
      checkPromote(list, id('b'), learner === undefined ? undefined : { learner, leader: 100 });
    });

  it('asks for nine tenths of the log of the leader', () => {
    expect(promote(members('a', 'b-'), 89)).toBe('learner-not-ready');
    expect(promote(members('a', 'b-'), 90)).toBe('ok');
    expect(promote(members('a', 'b-'), undefined)).toBe('learner-not-ready');
  });
  it('is for learners that are members', () => {
    expect(promote(members('a', 'b'), 100)).toBe('member-not-learner');
    expect(promote(members('a'), 100)).toBe('member-not-found');
  });
  it('leaves a quorum of members that have started', () => {
    expect(promote(members('a', 'b-', 'c?', 'd?'), 100)).toBe('not-enough-started');
  });
});

describe('peer URLs', () => {
  it('have scheme, host and port, and nothing else', () => {
    const good = ['http://a:1', 'https://10.0.0.1:2380', 'http://[::1]:2380', 'unix://sock:1'];
    const bad = ['a:1', 'http://a', 'http://a:1/x', 'ftp://a:1', 'http://a:65536', 'http://u@a:1'];
    expect(good.filter((url) => !isPeerUrl(url))).toEqual([]);
    expect(bad.filter((url) => isPeerUrl(url))).toEqual([]);
  });
  it('are sorted, as ids are made from them', () => {
    expect(checkedPeerUrls(['http://b:1', 'http://a:1'])).toEqual(['http://a:1', 'http://b:1']);
    expect(() => checkedPeerUrls([])).toThrow(/URLs are invalid/);
  });
});
