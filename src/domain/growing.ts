/** For the values of a field of which later versions may know more: its published schema names them as examples. */
export const growing = { "x-grows": true } as const
