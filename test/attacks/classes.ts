/** Every attack class. */
import type { AttackClass } from "./AttackClass.ts"
import { evasions } from "./evasions.ts"
import { hidden } from "./hidden.ts"
import { instructions } from "./instructions.ts"
import { loading } from "./loading.ts"
import { permissions } from "./permissions.ts"
import { secretClasses } from "./secretClasses.ts"

export const classes: ReadonlyArray<AttackClass> = [
  ...loading,
  ...permissions,
  ...hidden,
  ...instructions,
  ...secretClasses,
  ...evasions
]
