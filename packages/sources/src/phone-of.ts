import type { Address } from '@ledger/domain'

/** A phone as providers write it that leave out the plus of an international number. */
export const phoneOf = (digits: string): Address => ({
  kind: 'phone',
  value: /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : digits,
})
