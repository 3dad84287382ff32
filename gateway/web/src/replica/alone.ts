/** Run alone among all tabs; alone in this one where the browser has no locks. */
export async function alone<T>(name: string, job: () => Promise<T>): Promise<T> {
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- absent where the origin is not secure, and in tests
  return navigator.locks == null ? job() : navigator.locks.request(name, job);
}
