import { integerField, logLevels } from '@ledger/runtime'
import * as z from 'zod'
import { isMasterKey } from './master-key.ts'

const masterKeyField = () =>
  z.string().refine(isMasterKey, 'expected 32 bytes, as 64 hex digits or in base64').optional()

/** What the standalone ledger reads from the environment, and what it does without. */
export const configSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integerField({ min: 0, max: 65_535 }).default(8080),
  DATA_DIR: z.string().default('./data'),
  /** The admin key; without it one is made at the first start and printed once. */
  ADMIN_KEY: z.string().min(8, 'expected at least 8 characters').optional(),
  /** 32 bytes in hex or base64; without it a file `master.key` is made in the data folder. */
  LEDGER_MASTER_KEY: masterKeyField(),
  /** The key that `master-key rotate` changes to; from then on it is as good as the one above. */
  LEDGER_MASTER_KEY_NEW: masterKeyField(),
  /** A JSON file that says which providers send webhooks, and how each is verified. */
  SOURCES_FILE: z.string().optional(),
  /** How people reach the ledger, for the links of `POST /v1/tokens`. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  LOG_LEVEL: z.enum(logLevels).default('info'),
})
export type Config = z.output<typeof configSchema>
