import type { SubjectId } from '@ledger/domain'
import { describe, expect, test } from 'vitest'
import {
  changeMasterKey,
  isMasterKeyOf,
  openKeyring,
  VaultOfAnotherLog,
  WrongMasterKey,
} from './keyring.ts'
import type { VaultSecrets } from './vault.ts'

const masterKey = new Uint8Array(32).fill(1)
const subject = '00000000-0000-7000-8000-000000000001' as SubjectId

/** Where a vault keeps its secrets. */
function secretsPlace() {
  let kept: VaultSecrets | null = null
  return {
    readSecrets: async () => kept,
    createSecrets: async (secrets: VaultSecrets) => {
      kept = secrets
    },
    replaceSecrets: async (expected: VaultSecrets, secrets: VaultSecrets) => {
      if (kept !== expected) return false
      kept = secrets
      return true
    },
  }
}

describe('a keyring', () => {
  test('opened again names the same things by the same ids', async () => {
    const vault = secretsPlace()
    const [one, again] = [
      await openKeyring(masterKey, vault, 'log-1'),
      await openKeyring(masterKey, vault, 'log-1'),
    ]
    const id = one.eventId('urn:shop', 'a')
    expect(again.eventId('urn:shop', 'a')).toBe(id)
    expect(again.derivedId(id, '1')).toBe(one.derivedId(id, '1'))
    const address = { kind: 'phone', value: '+12025550143' }
    expect(again.addressHash(address)).toEqual(one.addressHash(address))
    const envelope = one.wrap(new Uint8Array(32).fill(3), 'Ada@Example.org', subject)
    const opened = again.unwrap(envelope, subject)
    expect(opened.address).toBe('Ada@Example.org')
    expect(new Uint8Array(opened.dataKey)).toEqual(new Uint8Array(32).fill(3))
  })

  test('of another vault names nothing alike: nobody can look up an address by its hash', async () => {
    const [one, other] = [
      await openKeyring(masterKey, secretsPlace(), 'log-1'),
      await openKeyring(masterKey, secretsPlace(), 'log-1'),
    ]
    const address = { kind: 'phone', value: '+12025550143' }
    expect(one.addressHash(address)).not.toEqual(other.addressHash(address))
    expect(one.eventId('urn:shop', 'a')).not.toBe(other.eventId('urn:shop', 'a'))
  })

  test('opens its own links and bodies, each by its own id only', async () => {
    const vault = secretsPlace()
    const keyring = await openKeyring(masterKey, vault, 'log-1')
    const link = keyring.sealLink('a', Buffer.from('ada'))
    const again = await openKeyring(masterKey, vault, 'log-1')
    expect(again.openLink('a', link)?.toString()).toBe('ada')
    expect(again.openLink('b', link)).toBeNull()
    expect(again.openBody('a', link)).toBeNull()
    expect(again.openLink('a', link.subarray(0, 20))).toBeNull()
    const foreign = await openKeyring(masterKey, secretsPlace(), 'log-1')
    expect(foreign.openLink('a', link)).toBeNull()
  })

  test('keeps apart what only looks alike', async () => {
    const keyring = await openKeyring(masterKey, secretsPlace(), 'log-1')
    const ids = [
      keyring.eventId('urn:a', 'b'),
      keyring.eventId('urn:', 'ab'),
      keyring.eventId('urn:ab', ''),
      keyring.derivedId(keyring.eventId('urn:a', 'b'), '1'),
      keyring.derivedId(keyring.eventId('urn:a', 'b'), '11'),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]/)
  })

  test('draws a new data key each time', async () => {
    const keyring = await openKeyring(masterKey, secretsPlace(), 'log-1')
    const keys = Array.from({ length: 300 }, () => keyring.newDataKey().toString('hex'))
    expect(new Set(keys).size).toBe(300)
    expect(keys.every((key) => key.length === 64)).toBe(true)
  })

  test('opens no envelope under another subject', async () => {
    const keyring = await openKeyring(masterKey, secretsPlace(), 'log-1')
    const envelope = keyring.wrap(keyring.newDataKey(), '+12025550143', subject)
    const other = '00000000-0000-7000-8000-000000000002' as SubjectId
    expect(() => keyring.unwrap(envelope, other)).toThrow(WrongMasterKey)
  })

  test('opens a sealed body by its own id only', async () => {
    const keyring = await openKeyring(masterKey, secretsPlace(), 'log-1')
    const sealed = keyring.sealBody('body-1', Buffer.from('STOP'))
    expect(sealed.includes('STOP')).toBe(false)
    expect(keyring.openBody('body-1', sealed)?.toString()).toBe('STOP')
    expect(keyring.openBody('body-2', sealed)).toBeNull()
  })

  test('does not open with another master key, nor beside another log', async () => {
    const vault = secretsPlace()
    await openKeyring(masterKey, vault, 'log-1')
    const other = new Uint8Array(32).fill(2)
    await expect(openKeyring(other, vault, 'log-1')).rejects.toThrow(WrongMasterKey)
    await expect(openKeyring(masterKey, vault, 'log-2')).rejects.toThrow(VaultOfAnotherLog)
    const short = new Uint8Array(31)
    await expect(openKeyring(short, secretsPlace(), 'log-1')).rejects.toThrow(WrongMasterKey)
  })
})

describe('another master key', () => {
  const newKey = new Uint8Array(32).fill(2)

  test('opens the same keyring, and the old one nothing any more', async () => {
    const vault = secretsPlace()
    const before = await openKeyring(masterKey, vault, 'log-1')
    const envelope = before.wrap(new Uint8Array(32).fill(3), 'Ada@Example.org', subject)
    expect(await changeMasterKey(masterKey, newKey, vault)).toBe(true)
    const after = await openKeyring(newKey, vault, 'log-1')
    expect(after.unwrap(envelope, subject).address).toBe('Ada@Example.org')
    expect(after.eventId('urn:shop', 'a')).toBe(before.eventId('urn:shop', 'a'))
    await expect(openKeyring(masterKey, vault, 'log-1')).rejects.toThrow(WrongMasterKey)
    expect(await isMasterKeyOf(masterKey, vault)).toBe(false)
    expect(await isMasterKeyOf(newKey, vault)).toBe(true)
  })

  test('given once more is no change', async () => {
    const vault = secretsPlace()
    await openKeyring(masterKey, vault, 'log-1')
    await changeMasterKey(masterKey, newKey, vault)
    const kept = await vault.readSecrets()
    expect(await changeMasterKey(masterKey, newKey, vault)).toBe(false)
    expect(await vault.readSecrets()).toBe(kept)
  })

  test('is not given by who lacks the old one, nor to a vault that is new', async () => {
    const vault = secretsPlace()
    await expect(changeMasterKey(masterKey, newKey, vault)).rejects.toThrow(WrongMasterKey)
    await openKeyring(masterKey, vault, 'log-1')
    const other = new Uint8Array(32).fill(9)
    await expect(changeMasterKey(other, newKey, vault)).rejects.toThrow(WrongMasterKey)
    const short = new Uint8Array(31)
    await expect(changeMasterKey(masterKey, short, vault)).rejects.toThrow(WrongMasterKey)
    expect(await isMasterKeyOf(masterKey, vault)).toBe(true)
  })
})
