export interface LockOptions {}
export async function lock(): Promise<void> {}
