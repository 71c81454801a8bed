import { Severity } from "./Finding.ts"

/** From the lightest to the heaviest. */
export const weightOf = (severity: Severity): number => Severity.literals.indexOf(severity)

export const atLeast = (severity: Severity, threshold: Severity): boolean => weightOf(severity) >= weightOf(threshold)
