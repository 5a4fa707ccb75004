import { describe, expect, it } from '@jest/globals';
import { Random } from '../random.js';
import { checkLinearizability, type Operation, type SequentialModel } from './linearizability.js';

type Request = { readonly write: number } | 'read';
type Answer = number | 'ok';

const register: SequentialModel<number, Request, Answer> = {
  initial: 0,
  step: (state, request, answer) => {
    if (request !== 'read') return request.write;
    return answer === undefined || answer === state ? state : undefined;
  },
  isEqual: (a, b) => a === b,
};

/** `[request, answer, called, returned]` */
const operation = (
  request: Request,
  answer: Answer | undefined,
  calledAt: number,
  returnedAt: number,
): Operation<Request, Answer> => ({ request, answer, calledAt, returnedAt });

const outcomeOf = (operations: readonly Operation<Request, Answer>[]): string =>
  checkLinearizability(register, operations).outcome;

describe('the search for a linear order', () => {
  it('accepts overlapping writes whose reads agree on one order', () => {
    expect(
      outcomeOf([
        operation({ write: 1 }, 'ok', 0, 10),
        operation({ write: 2 }, 'ok', 1, 9),
        operation('read', 2, 2, 3),
        operation('read', 1, 4, 5),
        operation('read', 1, 11, 12),
      ]),
    ).toBe('linearizable');
  });

  it('refuses a read of what was overwritten before it was called', () => {
    const verdict = checkLinearizability(register, [
      operation({ write: 1 }, 'ok', 0, 1),
      operation({ write: 2 }, 'ok', 2, 3),
      operation('read', 1, 4, 5),
    ]);
    expect(verdict).toMatchObject({ outcome: 'not-linearizable', stuckAt: 2 });
  });

  it('refuses two reads that see two overlapping writes in opposite orders', () => {
    expect(
      outcomeOf([
        operation({ write: 1 }, 'ok', 0, 10),
        operation({ write: 2 }, 'ok', 1, 11),
        operation('read', 1, 2, 3),
        operation('read', 2, 4, 5),
        operation('read', 1, 6, 7),
      ]),
    ).toBe('not-linearizable');
  });

  it('refuses a lost write', () => {
    expect(outcomeOf([operation({ write: 1 }, 'ok', 0, 1), operation('read', 0, 2, 3)])).toBe(
      'not-linearizable',
    );
  });

  it('lets a write without an answer happen late, or never, but not before its call', () => {
    const lost = operation({ write: 1 }, undefined, 2, Infinity);
    const before = operation('read', 0, 3, 4);
    expect(outcomeOf([lost, before, operation('read', 1, 5, 6)])).toBe('linearizable');
    expect(outcomeOf([lost, before, operation('read', 0, 5, 6)])).toBe('linearizable');
    expect(outcomeOf([operation('read', 1, 0, 1), lost])).toBe('not-linearizable');
    expect(outcomeOf([lost, operation('read', 1, 3, 4), operation('read', 0, 5, 6)])).toBe(
      'not-linearizable',
    );
  });

  it('agrees with trying every order, over random small histories', () => {
    const random = new Random(7);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const operations = randomHistory(random);
      const expected = isLinearizableByBruteForce(operations);
      if (!expected) refused++;
      expect({ operations, outcome: outcomeOf(operations) }).toEqual({
        operations,
        outcome: expected ? 'linearizable' : 'not-linearizable',
      });
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('gives up, and says so, after the looks it is allowed', () => {
    const writes = Array.from({ length: 30 }, (_, i) =>
      operation({ write: i % 3 }, 'ok', i, 100 + i),
    );
    const verdict = checkLinearizability(register, [...writes, operation('read', 9, 50, 99)], 1000);
    expect(verdict).toEqual({ outcome: 'unknown', looks: 1001 });
  });
});

function randomHistory(random: Random): Operation<Request, Answer>[] {
  const moments = Array.from({ length: 12 }, (_, i) => i).sort(() => random.next() - 0.5);
  return Array.from({ length: 6 }, (_, i) => {
    const [a, b] = [moments[2 * i]!, moments[2 * i + 1]!];
    const request: Request = random.chance(0.5) ? 'read' : { write: 1 + random.integer(2) };
    const isOpen = request !== 'read' && random.chance(0.3);
    const answer = request === 'read' ? random.integer(3) : isOpen ? undefined : 'ok';
    return operation(request, answer, Math.min(a, b), Math.max(a, b));
  });
}

function isLinearizableByBruteForce(
  left: readonly Operation<Request, Answer>[],
  state = 0,
): boolean {
  if (left.every(({ answer }) => answer === undefined)) return true;
  return left.some((candidate) => {
    const others = left.filter((other) => other !== candidate);
    if (others.some((o) => o.answer !== undefined && o.returnedAt < candidate.calledAt))
      return false;
    const next = register.step(state, candidate.request, candidate.answer);
    return next !== undefined && isLinearizableByBruteForce(others, next);
  });
}
