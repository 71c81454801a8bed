/** Where a rule is explained. */
export const rulePage = (id: string): string => `https://github.com/karibew/crewkit-cli/blob/main/docs/audit/${id}.md`
