// /version: what clients check their skew against. The Kubernetes version is the API's; what serves it is
// in the build metadata.

export const kubernetesVersion = { major: '1', minor: '36', patch: '0' } as const;

const platforms: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export function versionInfo(): Record<string, string> {
  const { major, minor, patch } = kubernetesVersion;
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: `v${major}.${minor}.${patch}+frontdesk`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: `v8-${process.versions.v8}`,
    platform: `${process.platform}/${platforms[process.arch] ?? process.arch}`,
  };
}
