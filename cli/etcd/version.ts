// `frontdesk etcd --version`, in etcd's form: harnesses and installers look for `etcd Version: N.N.N`.
import { etcdVersion } from '../../store/index.js';
import { packageVersion } from '../version.js';

export const versionText = (): string =>
  [
    `etcd Version: ${etcdVersion}`,
    `Git SHA: frontdesk-${packageVersion()}`,
    `Go Version: none, Node.js ${process.version}`,
    `Go OS/Arch: ${process.platform}/${goArchitecture[process.arch] ?? process.arch}`,
    '',
  ].join('\n');

const goArchitecture: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
