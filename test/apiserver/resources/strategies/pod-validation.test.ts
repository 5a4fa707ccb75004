import { describe, expect, it } from '@jest/globals';
import { createErrors, expectErrors, labelRule, nginxPod, strategyOf } from './support.js';
import { rows } from './pod-rules.js';

const pods = strategyOf('pods');

describe('a new Pod needs', () => {
  it('nothing more than a plain one has', () => {
    expect(createErrors(pods, nginxPod)).toEqual([]);
  });

  it.each(rows)('%s', (_what, changes, errors) => {
    expectErrors(pods, nginxPod, changes, errors);
  });

  it('all of it: violations are reported together', () => {
    expectErrors(
      pods,
      nginxPod,
      [
        ['spec.containers.0.image', ''],
        ['spec.containers.0.ports.0.containerPort', 0],
        ['spec.hostname', 'A'],
      ],
      [
        'spec.containers[0].image: Required value',
        'spec.containers[0].ports[0].containerPort: Required value',
        `spec.hostname: Invalid value: "A": ${labelRule}`,
      ],
    );
  });
});
