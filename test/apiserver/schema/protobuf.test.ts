import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from '../../../apiserver/object/api-error.js';
import { ProtobufDecoder } from '../../../apiserver/schema/protobuf.js';

const decoder = new ProtobufDecoder();

// A small writer of the wire format: number and string fields, and messages as lists of fields.
type Value = number | bigint | string | Uint8Array | Field[];
type Field = readonly [number: number, value: Value];

function varint(value: bigint): number[] {
  const rest = BigInt.asUintN(64, value);
  return rest < 0x80n ? [Number(rest)] : [Number(rest & 0x7fn) | 0x80, ...varint(rest >> 7n)];
}

function encode(fields: readonly Field[]): Uint8Array {
  const out: number[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number' || typeof value === 'bigint') {
      out.push(...varint(BigInt(number * 8)), ...varint(BigInt(value)));
      continue;
    }
    const bytes = Array.isArray(value) ? encode(value) : Buffer.from(value as string);
    out.push(...varint(BigInt(number * 8 + 2)), ...varint(BigInt(bytes.length)), ...bytes);
  }
  return Uint8Array.from(out);
}

const body = (apiVersion: string, kind: string, fields: readonly Field[]): Uint8Array =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    encode([
      [
        1,
        [
          [1, apiVersion],
          [2, kind],
        ],
      ],
      [2, encode(fields)],
      [3, ''],
      [4, ''],
    ]),
  ]);

const refusal = (bytes: Uint8Array): unknown => {
  try {
    decoder.decode(bytes);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a protobuf body', () => {
  it('is the JSON the same client would have sent: what Go leaves at zero is absent', () => {
    const metadata: Field[] = [
      [1, 'a'],
      [2, ''],
      [3, 'default'],
      [7, 0],
      [8, []],
    ];
    const labels: Field = [
      11,
      [
        [1, 'k'],
        [2, 'v'],
      ],
    ];
    const bytes = body('v1', 'ConfigMap', [
      [1, [...metadata, labels]],
      [
        2,
        [
          [1, 'x'],
          [2, 'y'],
        ],
      ],
      [
        3,
        [
          [1, 'raw'],
          [2, Uint8Array.of(0, 255)],
        ],
      ],
    ]);
    expect(decoder.decode(bytes)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default', labels: { k: 'v' } },
      data: { x: 'y' },
      binaryData: { raw: 'AP8=' },
    });
  });

  it('keeps zeros that were set on purpose', () => {
    const deployment = decoder.decode(
      body('apps/v1', 'Deployment', [
        [
          2,
          [
            [1, 0],
            [5, 0],
            [7, 0],
          ],
        ],
      ]),
    );
    // replicas is a pointer in Go; minReadySeconds and paused are not.
    expect(deployment['spec']).toEqual({ replicas: 0 });
    const scale = decoder.decode(body('autoscaling/v1', 'Scale', [[2, [[1, 0]]]]));
    expect(scale['spec']).toEqual({ replicas: 0 });
  });

  it('has the JSON names of a schema, and the bounds that are zero', () => {
    const schema: Field[] = [
      [3, '#/definitions/x'],
      [13, 0],
      [40, 1],
      [41, 'name'],
      [42, 'map'],
    ];
    const definition = decoder.decode(
      body('apiextensions.k8s.io/v1', 'CustomResourceDefinition', [
        [
          2,
          [
            [
              7,
              [
                [1, 'v1'],
                [4, [[1, schema]]],
              ],
            ],
          ],
        ],
      ]),
    );
    expect(definition).toHaveProperty('spec.versions.0.schema.openAPIV3Schema', {
      $ref: '#/definitions/x',
      maxLength: 0,
      'x-kubernetes-int-or-string': true,
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
    });
  });

  it('has embedded structs in their place: a volume source, a probe handler', () => {
    const volume: Field[] = [
      [1, 'data'],
      [2, [[2, []]]],
    ];
    const probe: Field[] = [
      [
        1,
        [
          [
            2,
            [
              [1, '/ready'],
              [
                2,
                [
                  [1, 1],
                  [2, 0],
                  [3, 'http'],
                ],
              ],
            ],
          ],
        ],
      ],
      [3, 0],
      [4, 5],
    ];
    const container: Field[] = [
      [1, 'c'],
      [11, probe],
      [
        8,
        [
          [
            2,
            [
              [1, 'cpu'],
              [2, [[1, '100m']]],
            ],
          ],
        ],
      ],
    ];
    const pod = decoder.decode(
      body('v1', 'Pod', [
        [
          2,
          [
            [1, volume],
            [2, container],
            [4, 0],
          ],
        ],
      ]),
    );
    expect(pod['spec']).toEqual({
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        {
          name: 'c',
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
          resources: { requests: { cpu: '100m' } },
        },
      ],
      terminationGracePeriodSeconds: 0,
    });
  });

  it('has times, numbers beyond 2^53 and negative ones in their JSON forms', () => {
    const seconds = BigInt(Date.parse('2026-03-04T05:06:07Z') / 1000);
    const lease = decoder.decode(
      body('coordination.k8s.io/v1', 'Lease', [
        [
          2,
          [
            [2, 0],
            [
              4,
              [
                [1, seconds],
                [2, 8_000],
              ],
            ],
          ],
        ],
      ]),
    );
    expect(lease['spec']).toEqual({
      leaseDurationSeconds: 0,
      renewTime: '2026-03-04T05:06:07.000008Z',
    });
    const pod = decoder.decode(
      body('v1', 'Pod', [
        [
          2,
          [
            [25, -5n],
            [5, 9007199254740993n],
          ],
        ],
      ]),
    );
    expect(pod['spec']).toEqual({ priority: -5, activeDeadlineSeconds: 9007199254740993n });
  });

  it('may be options, which travel under the version of what they are for', () => {
    expect(decoder.decode(body('policy/v1', 'DeleteOptions', [[1, 0]]))).toEqual({
      apiVersion: 'policy/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
    });
  });

  it('of a kind without protobuf, without the prefix or cut short is a 400', () => {
    for (const bytes of [
      body('example.com/v1', 'Widget', []),
      Buffer.from('{"kind":"Pod"}'),
      body('v1', 'Pod', [[1, [[1, 'name']]]]).slice(0, -3),
      body('v1', '__proto__', []),
    ]) {
      expect(refusal(bytes)).toBeInstanceOf(ApiError);
      expect(refusal(bytes)).toMatchObject({ code: 400 });
    }
  });

  it('of any bytes is an object or a 400', () => {
    const kinds = fc.constantFrom('Pod', 'Service', 'ConfigMap', 'Node');
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
        const whole = Buffer.concat([
          Buffer.from('k8s\0'),
          encode([
            [
              1,
              [
                [1, 'v1'],
                [2, kind],
              ],
            ],
            [2, bytes],
          ]),
        ]);
        const failure = refusal(whole);
        if (failure !== undefined) expect(failure).toMatchObject({ code: 400 });
      }),
      { numRuns: 2000 },
    );
  });

  it('that nests without end is refused', () => {
    let schema: Uint8Array = encode([[1, 'x']]);
    for (let i = 0; i < 500; i++) schema = encode([[2, schema]]);
    const crd = body('apiextensions.k8s.io/v1', 'CustomResourceDefinition', [[2, schema]]);
    expect(refusal(crd) ?? { code: 400 }).toMatchObject({ code: 400 });
  });
});
