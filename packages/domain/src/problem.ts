/** Why an item was not taken as sent: a stable code, and which field; never the field's value. */
export type Problem = {
  readonly code: ProblemCode
  readonly detail: string
  readonly field?: string
}

/** The refusals of the law, with what each means. `docs/errors.md` is generated from this table. */
export const problemCodes = {
  'invalid-signal': 'A field of the signal is missing or malformed.',
  'unknown-type': 'The CloudEvent type is not one of the ledger’s.',
  'invalid-address': 'The address is not one that can be reached.',
  'unknown-group': 'The group is not defined.',
  'id-conflict': 'The same source and id were recorded before with other content.',
  'evidence-missing': 'An opt-in of a person came without its evidence; it changes nothing.',
  'read-safely': 'Part of the opt-out could not be read; it is recorded by its safest reading.',
  'nothing-pending': 'A YES found nothing to confirm; it changes nothing.',
  'stale-signature': 'The provider signed this long ago; an opt-in by it changes nothing.',
  'box-preticked': 'The box was ticked before the person saw it; an opt-in by it changes nothing.',
  'act-automated': 'The form was filled in by a machine; an opt-in by it changes nothing.',
  'correction-unproven':
    'A correction towards opted-in came without its evidence; it changes nothing.',
} as const
export type ProblemCode = keyof typeof problemCodes
