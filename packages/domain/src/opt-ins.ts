import { authorities } from './authority.ts'
import type { Micros } from './instant.ts'
import type { Marked } from './opt-outs.ts'
import { laterOf, marked } from './opt-outs.ts'
import type { Register } from './register.ts'
import { optInMark } from './register.ts'
import { isRunOut } from './stamp.ts'

/**
 * The latest opt-in of a group that grants, and the latest that has run out. Only an opt-in of the
 * group itself grants; wide opt-ins lift, they never grant.
 */
export function optInsOfGroup(own: Register | undefined, at: Micros) {
  let grant: Marked | undefined
  let ranOut: Marked | undefined
  if (own !== undefined) {
    for (const authority of authorities) {
      const optIn = marked(own, optInMark[authority])
      if (optIn === undefined) continue
      if (isRunOut(optIn.stamp, at)) ranOut = laterOf(ranOut, optIn)
      else grant = laterOf(grant, optIn)
    }
  }
  return { grant, ranOut }
}
