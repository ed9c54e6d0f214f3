/** Placeholder */
export const workletUrl: string | undefined = undefined;
