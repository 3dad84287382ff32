/** What the browser tells about this device, and asking it to keep our data. */

/** A name by which its user recognises it in a list of devices. */
export function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : 'Safari';
  const system = /Android/.test(agent)
    ? 'Android'
    : /iPhone|iPad/.test(agent)
      ? 'iOS'
      : /Windows/.test(agent)
        ? 'Windows'
        : /Mac OS/.test(agent)
          ? 'macOS'
          : 'Linux';
  return `${browser}, ${system}`;
}

/** Ask that the copy is not removed when the disk is full; whether it is kept. */
export async function keepStorage(): Promise<boolean> {
  // Absent where the origin is not secure.
  const storage = navigator.storage as StorageManager | undefined;
  if (storage?.persist === undefined) return false;
  return (await storage.persisted()) || storage.persist();
}

export interface StorageFacts {
  readonly used: number;
  readonly quota: number;
  readonly kept: boolean;
}

export async function storageFacts(): Promise<StorageFacts> {
  const storage = navigator.storage as StorageManager | undefined;
  if (storage?.estimate === undefined) return { used: 0, quota: 0, kept: false };
  const { usage = 0, quota = 0 } = await storage.estimate();
  return { used: usage, quota, kept: await storage.persisted() };
}
