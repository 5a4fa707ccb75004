import { describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '../../../../apiserver/object/kube-object.js';
import { scheduleProblem } from '../../../../apiserver/resources/strategies/batch/cron-schedule.js';
import { created, createErrors, expectErrors, objectOf, strategyOf } from './support.js';

const once: JsonObject = {
  containers: [{ name: 'web', image: 'nginx:1.27' }],
  restartPolicy: 'Never',
};

describe('a CronJob', () => {
  const crons = strategyOf('cronjobs.batch');
  const cron = objectOf('CronJob', 'nightly', {
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: once } } } },
  });

  it('gets defaults', () => {
    expect(created(crons, cron)['spec']).toMatchObject({
      concurrencyPolicy: 'Allow',
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
      suspend: false,
    });
    expect(createErrors(crons, cron)).toEqual([]);
  });

  it.each<[string, Json, string]>([
    [
      'spec.schedule',
      'daily',
      'spec.schedule: Invalid value: "daily": expected exactly 5 fields, found 1: [daily]',
    ],
    [
      'spec.schedule',
      'TZ=UTC 0 3 * * *',
      'spec.schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      'spec.timeZone',
      'Mars/Base',
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    ],
    [
      'spec.timeZone',
      'local',
      'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      'metadata.name',
      'a'.repeat(53),
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ],
    [
      'spec.successfulJobsHistoryLimit',
      -1,
      'spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
  ])('refuses %s %s', (path, value, error) => {
    expectErrors(crons, cron, [[path, value]], [error]);
  });

  it.each([
    '* * * * *',
    '*/5 0-6 1,15 jan-mar mon-fri',
    '@daily',
    '@every 1h30m',
    '59 23 31 2 *',
    '? 1 ? * ?',
  ])('takes %s', (schedule) => {
    expect(scheduleProblem(schedule)).toBeUndefined();
  });

  it.each([
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['*/2/3 * * * *', 'too many slashes: */2/3'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ])('says what is wrong with %s', (schedule, problem) => {
    expect(scheduleProblem(schedule)).toBe(problem);
  });
});
