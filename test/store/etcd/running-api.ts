// etcd's whole API (gRPC, gateway, pages) over a member in memory, on free ports.
import { startEtcdApi, type EtcdApi } from '../../../store/etcd-api.js';
import { openMember, type Member, type MemberOptions } from '../../../store/index.js';

export interface RunningApi {
  readonly url: string;
  readonly member: Member;
  readonly api: EtcdApi;
  close(): Promise<void>;
}

export async function runApi(options: Partial<MemberOptions> = {}): Promise<RunningApi> {
  const fail = (error: unknown): void => {
    console.error(error);
    process.exitCode = 1;
  };
  const member = await openMember({ bcryptCost: 4, onFatal: fail, ...options });
  const api = await startEtcdApi(member, {
    listenClientUrls: ['http://127.0.0.1:0'],
    listenMetricsUrls: ['http://127.0.0.1:0'],
    random: () => 0.5,
    report: fail,
    ...(options.requestBytesMax !== undefined && { requestBytesMax: options.requestBytesMax }),
  });
  return {
    url: api.urls[0]!,
    member,
    api,
    async close() {
      await api.close();
      await member.close();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One call of the gateway. */
export async function post(
  url: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method: 'POST', body: text, headers });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
