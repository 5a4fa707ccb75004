// A backup's figures in etcdutl's four forms.
import type { BackupStatus } from '../store/index.js';

export type StatusForm = 'simple' | 'table' | 'json' | 'fields';

export function describeBackup(status: BackupStatus, form: StatusForm): string {
  const { hash, revision, totalKeys, totalBytes, version } = status;
  switch (form) {
    case 'json':
      return JSON.stringify({
        hash,
        revision,
        totalKey: totalKeys,
        totalSize: totalBytes,
        version,
      });
    case 'fields':
      return [
        `"Hash" : ${hash}`,
        `"Revision" : ${revision}`,
        `"Keys" : ${totalKeys}`,
        `"Size" : ${totalBytes}`,
        `"Version" : ${version}`,
      ].join('\n');
    case 'simple':
      return cellsOf(status).join(', ');
    case 'table':
      return table(['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE', 'VERSION'], cellsOf(status));
  }
}

const cellsOf = (status: BackupStatus): readonly string[] => [
  status.hash.toString(16),
  String(status.revision),
  String(status.totalKeys),
  sizeText(status.totalBytes),
  status.version,
];

function table(headings: readonly string[], cells: readonly string[]): string {
  const widths = headings.map((heading, at) => Math.max(heading.length, (cells[at] ?? '').length));
  const line = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const centred = headings.map((text, at) => {
    const room = (widths[at] ?? 0) - text.length;
    const left = Math.floor(room / 2);
    return `${' '.repeat(left)}${text}${' '.repeat(room - left)}`;
  });
  const right = cells.map((text, at) => text.padStart(widths[at] ?? 0));
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [line, row(centred), line, row(right), line].join('\n');
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Of 1000; one digit behind the point below 10: `6.6 MB`, `25 kB`. */
export function sizeText(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const power = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[power] ?? ''}`;
}
