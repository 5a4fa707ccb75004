import { describe, expect, it } from '@jest/globals';
import { describeServerFlags, flags, parseFlags, UsageError } from '../../../apiserver/config.js';

const mistake = (argv: readonly string[], env = {}): string => {
  try {
    parseFlags(argv, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no mistake';
};

describe('the flags', () => {
  it('have usable defaults', () => {
    expect(parseFlags([])).toMatchObject({
      bindAddress: '127.0.0.1',
      port: 6443,
      dataDir: './frontdesk-data',
      inMemory: false,
      kubeconfigPath: 'frontdesk-data/kubeconfig',
      storageLayout: 'frontdesk',
      serviceIpRanges: ['10.0.0.0/24'],
      nodePortRange: [30000, 32767],
      anonymous: 'public-paths',
      requestTimeoutMs: 60_000,
    });
  });

  it('take their value after a blank or an equals sign; a switch takes none', () => {
    const config = parseFlags(['--secure-port', '0', '--data-dir=/tmp/x', '--in-memory']);
    expect(config).toMatchObject({ port: 0, dataDir: '/tmp/x', inMemory: true });
    expect(config.kubeconfigPath).toBe('/tmp/x/kubeconfig');
    expect(parseFlags(['--in-memory=false']).inMemory).toBe(false);
  });

  it('come from the environment too, which the command line overrides', () => {
    const env = { FRONTDESK_SECURE_PORT: '7000', FRONTDESK_DATA_DIR: '/tmp/y' };
    expect(parseFlags([], env)).toMatchObject({ port: 7000, dataDir: '/tmp/y' });
    expect(parseFlags(['--secure-port=7001'], env).port).toBe(7001);
  });

  it.each([
    [['--nonsense=1'], 'unknown flag: --nonsense'],
    [['--secure-port'], 'flag needs a value: --secure-port'],
    [['--secure-port=http'], 'invalid value "http" for --secure-port: expected a whole number'],
    [
      ['--secure-port=70000'],
      'invalid value "70000" for --secure-port: must be between 0 and 65535',
    ],
    [['--bind-address=here'], 'invalid value "here" for --bind-address: expected an IP address'],
    [
      ['--request-timeout=soon'],
      'invalid value "soon" for --request-timeout: expected a duration such as 1m30s',
    ],
    [
      ['--storage-layout=flat'],
      'invalid value "flat" for --storage-layout: expected one of frontdesk, kubernetes',
    ],
    [
      ['--service-cluster-ip-range=10.0.0.0'],
      'invalid value "10.0.0.0" for --service-cluster-ip-range: expected a range such as 10.0.0.0/24',
    ],
    [
      ['--service-node-port-range=9-1'],
      'invalid value "9-1" for --service-node-port-range: not a range of ports',
    ],
    [
      ['--initial-cluster=default=http://a:1,b=http://b:1'],
      'a member of a cluster needs --listen-peer-urls',
    ],
    [
      ['--in-memory', '--listen-peer-urls=http://127.0.0.1:2380'],
      'a member of a cluster keeps its log: --in-memory cannot be one',
    ],
    [['--tls-cert-file=a.crt'], '--tls-cert-file and --tls-private-key-file need each other'],
    [['--in-memory=perhaps'], 'invalid value "perhaps" for --in-memory: expected true or false'],
    [
      ['--authorization-mode=RBAC'],
      'invalid value "RBAC" for --authorization-mode: only AlwaysAllow is implemented so far',
    ],
    [
      ['--enable-admission-plugins=NodeRestriction,Nonsense'],
      'invalid value "NodeRestriction,Nonsense" for --enable-admission-plugins: there is no plugin "Nonsense"',
    ],
    [
      ['--enable-admission-plugins=Priority', '--disable-admission-plugins=Priority'],
      'Priority is in --enable-admission-plugins and in --disable-admission-plugins',
    ],
    [
      ['--auto-compaction-retention=soon'],
      'invalid value "soon" for --auto-compaction-retention: expected a duration such as 5m, or a number of hours',
    ],
    [
      ['--auto-compaction-mode=revision', '--auto-compaction-retention=5m'],
      'invalid value "5m" for --auto-compaction-retention: expected a number of revisions',
    ],
    [
      ['--auto-compaction-retention=1ms'],
      'invalid value "1ms" for --auto-compaction-retention: must be between 1s and 87600h',
    ],
    [['extra'], 'unexpected argument: "extra"'],
  ])('%j is refused in one clear line', (argv, message) => {
    expect(mistake(argv)).toBe(message);
  });

  it('a mistake in the environment is named like one on the command line', () => {
    expect(mistake([], { FRONTDESK_SECURE_PORT: 'x' })).toContain('--secure-port');
  });

  it('read ranges of ports and of addresses in all their forms', () => {
    expect(parseFlags(['--service-node-port-range=30000+10']).nodePortRange).toEqual([
      30000, 30010,
    ]);
    expect(
      parseFlags(['--service-cluster-ip-range=10.1.0.0/16,fd00::/108']).serviceIpRanges,
    ).toEqual(['10.1.0.0/16', 'fd00::/108']);
    expect(mistake(['--service-cluster-ip-range=10.1.0.0/16,10.2.0.0/16'])).toContain('IP family');
  });

  it("say how much history the store keeps, by etcd's two policies", () => {
    const policy = (...argv: string[]) => parseFlags(argv).store.autoCompaction;
    const minutes = 60_000;
    expect(policy()).toBeUndefined();
    expect(policy('--auto-compaction-retention=5m')).toEqual({
      mode: 'periodic',
      retentionMs: 5 * minutes,
    });
    expect(policy('--auto-compaction-retention=2')).toEqual({
      mode: 'periodic',
      retentionMs: 120 * minutes,
    });
    expect(policy('--auto-compaction-retention=0s')).toBeUndefined();
    const revisions = ['--auto-compaction-mode=revision', '--auto-compaction-retention=1000'];
    expect(policy(...revisions)).toEqual({ mode: 'revision', retentionRevisions: 1000 });
  });

  it('take what envtest starts an API server with, but for its store and RBAC', () => {
    const config = parseFlags([
      '--allow-privileged=true',
      '--bind-address=127.0.0.1',
      '--cert-dir=/tmp/certs',
      '--client-ca-file=/tmp/certs/client-cert-auth-ca.crt',
      '--disable-admission-plugins=ServiceAccount',
      '--secure-port=5000',
      '--service-account-issuer=https://127.0.0.1:5000/',
      '--service-account-key-file=/tmp/certs/sa-signer.crt',
      '--service-account-signing-key-file=/tmp/certs/sa-signer.key',
      '--service-cluster-ip-range=10.0.0.0/24',
    ]);
    expect(config).toMatchObject({
      port: 5000,
      clientCaFile: '/tmp/certs/client-cert-auth-ca.crt',
      certDirFiles: { certificate: '/tmp/certs/apiserver.crt', key: '/tmp/certs/apiserver.key' },
      admissionPlugins: { enabled: [], disabled: ['ServiceAccount'] },
    });
  });

  it('are all in --help', () => {
    const help = describeServerFlags();
    for (const name of Object.keys(flags)) expect(help).toContain(`--${name}`);
  });
});
