// What is wrong with a file that should be a backup, and where: the one error of everything that reads such files.

export class BackupDamaged extends Error {
  constructor(path: string, why: string, offset?: number) {
    super(`${path} is damaged${offset === undefined ? '' : ` at offset ${offset}`}: ${why}`);
    this.name = 'BackupDamaged';
  }
}

/** The file is whole, but not what was asked for, or asked for in a way that cannot be done. */
export class BackupRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BackupRefused';
  }
}
