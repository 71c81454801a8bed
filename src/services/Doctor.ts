import { Context, type Effect } from "effect"
import type { DoctorReport } from "../domain/doctor.ts"

export interface DoctorRequest {
  /** Asks no registry. */
  readonly offline: boolean
  /** First mends what can be mended without losing anything. */
  readonly fix: boolean
}

/** Looks at everything that crewkit stands on. Never fails: what goes wrong is in the report. */
export class Doctor extends Context.Service<
  Doctor,
  { readonly examine: (request: DoctorRequest) => Effect.Effect<DoctorReport> }
>()("@crewkit/cli/services/Doctor") {}
