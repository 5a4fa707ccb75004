// The admin's kubeconfig: one cluster, one user, one context, certificates embedded, readable by its
// owner only. Read next: pki.ts.
import { dirname } from 'node:path';
import { makeFolder } from '../../store/index.js';
import { writePrivate, type Pki } from './pki.js';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

export function kubeconfigText(url: string, pki: Pick<Pki, 'authority' | 'admin'>): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: frontdesk
  cluster:
    server: ${url}
    certificate-authority-data: ${base64(pki.authority)}
users:
- name: frontdesk-admin
  user:
    client-certificate-data: ${base64(pki.admin.certificate)}
    client-key-data: ${base64(pki.admin.key)}
contexts:
- name: frontdesk
  context:
    cluster: frontdesk
    user: frontdesk-admin
current-context: frontdesk
preferences: {}
`;
}

export async function writeKubeconfig(
  path: string,
  url: string,
  pki: Pick<Pki, 'authority' | 'admin'>,
): Promise<void> {
  makeFolder(dirname(path));
  await writePrivate(path, kubeconfigText(url, pki));
}
