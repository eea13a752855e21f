import { Outage } from '@ledger/ledger'

/** A fault that a test arms, and that then happens once. */
export type Fault = {
  readonly arm: () => void
  /** Throws an outage if it is armed, and disarms it. */
  readonly strike: () => void
}

export function fault(): Fault {
  let isArmed = false
  return {
    arm: () => {
      isArmed = true
    },
    strike: () => {
      if (!isArmed) return
      isArmed = false
      throw new Outage('unavailable', { cause: new Error('a fault that the test has armed') })
    },
  }
}
