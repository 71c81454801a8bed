/** Where an answer does not fit its schema: the field alone, never its value, which could be a token. */
import type { SchemaIssue } from "effect"

export const fieldOfIssue = (issue: SchemaIssue.Issue): string => pathOf(issue).slice(0, 120)

const pathOf = (issue: SchemaIssue.Issue): string => {
  switch (issue._tag) {
    case "Pointer": {
      const rest = pathOf(issue.issue)
      return [...issue.path.map(String), ...(rest === "" ? [] : [rest])].join(".")
    }
    case "Composite":
    case "AnyOf":
      return issue.issues.map(pathOf).find((field) => field !== "") ?? ""
    case "Encoding":
    case "Filter":
      return pathOf(issue.issue)
    default:
      return ""
  }
}
