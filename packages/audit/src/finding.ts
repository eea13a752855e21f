/** What a judge may find, in the words in which it is told. */
export const findings = {
  'file-damaged': 'SQLite finds the file damaged',
  'not-built': 'there is none yet: the next start builds it',
  'names-no-file': 'it names no read model',
  'vault-of-another-log': 'it was made with another log',
  'wrong-master-key': 'no master key at hand opens it',
  'no-master-key': 'no master key is at hand: sealed parts were not opened',
  'event-damaged': 'it is not as it was written: its checksum is another',
  'position-gap': 'a position is missing before it',
  'position-order': 'it does not stand behind the one before',
  'stamp-order': 'it was not recorded after the one before',
  'unreadable-event': 'it is of no type, version or shape that this ledger knows',
  'revision-gap': 'a revision of its stream is missing before it',
  'doubled-event': 'its stream holds an event of this id twice',
  'missing-claim': 'the vault lacks the claim that it names',
  'foreign-claim': 'the claim that it names is of another event or subject',
  'claim-named-twice': 'another event names the same claim',
  'unknown-subject': 'the vault does not know its subject',
  'seal-unopened': 'its sealed part does not open with its subject’s key',
  'claim-gap': 'a claim is missing before it',
  'claim-without-subject': 'the vault does not know its subject',
  'unfinished-claim': 'it has no event: a retry of its signal will write it',
  'unindexed-key': 'it is not found by its key',
  'log-older-than-vault': 'the vault has seen the log further than it goes',
  'row-missing': 'the read model lacks this row',
  'row-unfounded': 'the log does not say what this row says',
  'row-differs': 'the log says otherwise',
  'answer-unlawful': 'a fold of its streams gives another answer',
  'read-model-ahead': 'the read model has applied what the log does not hold',
} as const
export type FindingCode = keyof typeof findings

/** Where a judge looks. */
export type FindingArea = 'log' | 'vault' | 'desk' | 'read model'

/** One thing that a judge has found. Holds ids, positions and names of columns; no person. */
export type Finding = {
  readonly area: FindingArea
  /** A position, a claim's number, a row's key. */
  readonly where: string
  readonly code: FindingCode
}

/** What is worth knowing and yet in order. */
const notes: ReadonlySet<FindingCode> = new Set(['unfinished-claim', 'no-master-key', 'not-built'])

/** False for what is only worth knowing. */
export const isWrong = ({ code }: Finding): boolean => !notes.has(code)

/** Where findings go. */
export type Report = (finding: Finding) => void
