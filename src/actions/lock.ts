export type LockOptions = {}
export async function lock(): Promise<void> {}
