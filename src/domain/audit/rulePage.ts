/** Where all rules are listed: whoever installed the package has no `docs` at hand. */
export const rulesPage = "https://github.com/karibew/crewkit-cli/tree/main/docs/audit"

/** Where a rule is explained. */
export const rulePage = (id: string): string => `https://github.com/karibew/crewkit-cli/blob/main/docs/audit/${id}.md`
