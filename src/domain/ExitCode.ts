/** Exit codes of every command, as the documentation lists them. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  timedOut: 4,
  unreachable: 5,
  drift: 6,
  findings: 7,
  integrity: 8,
  interrupted: 130
} as const
