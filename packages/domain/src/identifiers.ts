/** The pseudonymous id of one address: a random UUIDv7, never derived from the address. */
export type SubjectId = string & { readonly brand: 'SubjectId' }
/**
 * A UUIDv8: an HMAC of the producer's (source, id), so that retries by any transport meet in one.
 */
export type EventId = string & { readonly brand: 'EventId' }
/** The id a tenant gave a subscription group. */
export type GroupId = string & { readonly brand: 'GroupId' }
/**
 * An opaque, ordered cursor in one log: fixed width, names its log. Compare two positions of one
 * log with `<`; never compute with them.
 */
export type Position = string & { readonly brand: 'Position' }

/** The stream that holds all that was ever said about one subject. */
export const subjectStream = (subject: SubjectId): string => `subject-${subject}`
/** The stream that holds the definitions of all groups: few events, read whole at every start. */
export const groupsStream = 'groups'
/** The stream that holds the policies that were ever in force. */
export const policiesStream = 'policies'
/** The stream of one disclosure text, named by the SHA-256 of its UTF-8 bytes in hex. */
export const disclosureStream = (disclosureId: string): string => `disclosure-${disclosureId}`
/** The subject a stream name names, or null when the stream is not a subject's. */
export const subjectOfStream = (stream: string): SubjectId | null =>
  stream.startsWith('subject-') ? (stream.slice('subject-'.length) as SubjectId) : null
