// expectFailure: the answer is a Status as kube-apiserver sends it, with this code, reason and (part of a) message.
import { expect } from '@jest/globals';
import type { Answer } from './api-client.js';

/** Code and reason, as `404 NotFound`. */
export type Failure = `${number} ${string}`;

export function expectFailure(answer: Answer, failure: Failure, message: string): void {
  const [code, reason] = failure.split(' ');
  expect(answer.json).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    code: Number(code),
  });
  expect(answer.code).toBe(Number(code));
  expect(answer.json['message']).toContain(message);
}
