import type { FastifyRequest } from 'fastify'
import { formatInstant } from '@ledger/domain'
import type { Keyring } from '@ledger/ledger'
import type { Link } from './link-token.ts'
import { mintToken } from './link-token.ts'

/** The door of links as people reach it, without a token. */
export const linkBase = (
  publicUrl: string | undefined,
  { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>,
): string => `${publicUrl ?? `${protocol}://${host}`}/u/`

/** A link for whoever reads the messages at its address, as an answer spells it. */
export function mintLink(keyring: Keyring, base: string, link: Omit<Link, 'id'>) {
  const token = mintToken(keyring, link)
  const { expiresAt } = link
  const until = expiresAt === null ? null : formatInstant(expiresAt)
  return { token, url: base + token, expiresAt: until }
}
