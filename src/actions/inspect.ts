export interface InspectOptions {}
export async function inspect(): Promise<void> {}
