/** Where an answer does not fit its schema: the field alone, never its value, which could be a token. */
import type { SchemaIssue } from "effect"

export const fieldOfIssue = (issue: SchemaIssue.Issue): string => {
  switch (issue._tag) {
    case "Pointer": {
      const rest = fieldOfIssue(issue.issue)
      return [...issue.path.map(String), ...(rest === "" ? [] : [rest])].join(".")
    }
    case "Composite":
      return issue.issues.map(fieldOfIssue).find((field) => field !== "") ?? ""
    case "Encoding":
    case "Filter":
      return fieldOfIssue(issue.issue)
    default:
      return ""
  }
}
