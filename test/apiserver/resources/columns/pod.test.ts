import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../../apiserver/object/kube-object.js';
import { builtInResources } from '../../../../apiserver/resources/built-in.js';

const pods = builtInResources({}).find(({ plural }) => plural === 'pods');
const nowMs = Date.parse('2026-01-01T01:00:00Z');
const created = '2026-01-01T00:00:00Z';

const cells = (object: JsonObject): Record<string, unknown> =>
  Object.fromEntries((pods?.columns ?? []).map((it) => [it.name, it.cell(object, nowMs)]));

const running = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...more,
});

function pod(status: JsonObject, spec: JsonObject = {}, metadata: JsonObject = {}): unknown[] {
  const { Ready, Status, Restarts } = cells({
    metadata: { name: 'x', creationTimestamp: created, ...metadata },
    spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
    status: { phase: 'Running', ...status },
  });
  return [Ready, Status, Restarts];
}

describe('pod columns', () => {
  it('count ready containers and restarts, with the time of the last one', () => {
    const restarted = {
      restartCount: 3,
      lastState: { terminated: { finishedAt: '2026-01-01T00:55:00Z' } },
    };
    expect(pod({ containerStatuses: [running('a', restarted), running('b')] })).toEqual([
      '2/2',
      'Running',
      '3 (5m ago)',
    ]);
  });

  it('show why a container waits or ended', () => {
    const waiting = { ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } };
    expect(pod({ containerStatuses: [running('a', waiting), running('b')] })[1]).toBe(
      'ImagePullBackOff',
    );
    const failed = { ready: false, state: { terminated: { exitCode: 2 } } };
    expect(pod({ containerStatuses: [running('a', failed)] })[1]).toBe('ExitCode:2');
    const killed = { ready: false, state: { terminated: { signal: 9, exitCode: 137 } } };
    expect(pod({ containerStatuses: [running('a', killed)] })[1]).toBe('Signal:9');
  });

  it('say NotReady when one container completed and the others run', () => {
    const done = { ready: false, state: { terminated: { reason: 'Completed', exitCode: 0 } } };
    const containerStatuses = [running('a', done), running('b')];
    expect(pod({ containerStatuses })).toEqual(['1/2', 'NotReady', '0']);
    const conditions = [{ type: 'Ready', status: 'True' }];
    expect(pod({ containerStatuses, conditions })[1]).toBe('Running');
  });

  it('count how many init containers are done', () => {
    const initContainers = [{ name: 'i' }, { name: 'j' }];
    const done = { name: 'i', restartCount: 0, state: { terminated: { exitCode: 0 } } };
    const initContainerStatuses = [done, { name: 'j', restartCount: 1, state: { running: {} } }];
    expect(pod({ phase: 'Pending', initContainerStatuses }, { initContainers })).toEqual([
      '0/2',
      'Init:1/2',
      '1',
    ]);
  });

  it('show why an init container failed or waits', () => {
    const initContainers = [{ name: 'i' }];
    const status = (state: JsonObject): unknown =>
      pod({ initContainerStatuses: [{ name: 'i', state }] }, { initContainers })[1];
    expect(status({ terminated: { exitCode: 1 } })).toBe('Init:ExitCode:1');
    expect(status({ terminated: { exitCode: 1, reason: 'Error' } })).toBe('Init:Error');
    expect(status({ waiting: { reason: 'CrashLoopBackOff' } })).toBe('Init:CrashLoopBackOff');
    expect(status({ waiting: { reason: 'PodInitializing' } })).toBe('Init:0/1');
  });

  it('count a started sidecar among the containers', () => {
    const initContainers = [{ name: 's', restartPolicy: 'Always' }];
    const initContainerStatuses = [running('s', { started: true, restartCount: 2 })];
    const containerStatuses = [running('a'), running('b')];
    expect(pod({ initContainerStatuses, containerStatuses }, { initContainers })).toEqual([
      '3/3',
      'Running',
      '2',
    ]);
  });

  it('say Terminating for a pod that is being deleted, unless it has ended or its node is lost', () => {
    const going = { deletionTimestamp: created };
    expect(pod({}, {}, going)[1]).toBe('Terminating');
    expect(pod({ phase: 'Failed' }, {}, going)[1]).toBe('Failed');
    expect(pod({ reason: 'NodeLost' }, {}, going)[1]).toBe('Unknown');
  });

  it('show gates, addresses and the reason of the whole pod', () => {
    const gated = { conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] };
    expect(pod({ phase: 'Pending', ...gated })[1]).toBe('SchedulingGated');
    expect(pod({ phase: 'Failed', reason: 'Evicted' })[1]).toBe('Evicted');
    const wide = cells({
      spec: { nodeName: 'n', readinessGates: [{ conditionType: 'g' }, { conditionType: 'h' }] },
      status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'g', status: 'True' }] },
    });
    expect(wide).toMatchObject({
      IP: '10.0.0.1',
      Node: 'n',
      'Nominated Node': '<none>',
      'Readiness Gates': '1/2',
    });
  });
});
