import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findInFiles } from '../support/find-in-files.ts'
import { defineGroups } from '../support/groups.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { openTestReadModel } from '../support/open-test-read-model.ts'
import { openedParts } from '../support/opened-parts.ts'
import { acts, email, newPhone, phone, proof } from '../support/signals.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** What names a person, and nothing else holds by chance. */
const canaries = {
  phone: '+12025559361',
  email: 'Canary.Bird@Example.org',
  matched: 'canary.bird@example.org',
  customer: 'customer-canary-4711',
  chat: 'whatsapp-canary-4712',
  garbled: 'canary at the counter, 4713',
  producerId: 'message-of-canary-4714',
  said: 'please stop, canary 4715',
  ip: '203.0.113.47',
} as const

const ada = phone(canaries.phone)
const byMail = email(canaries.email)
const evidence = {
  disclosure: 'Yes, send me offers.',
  formUrl: 'https://acme.example/join',
  ip: canaries.ip,
  text: canaries.said,
}
const envelope = { id: canaries.producerId }

describe('the files of a ledger', () => {
  test('hold nobody in clear, while it runs and after, whatever was sent', async () => {
    const ledger = await openTestLedger()
    const { record, folder } = ledger
    await defineGroups(ledger.ledger.groups)
    const followed = await openTestReadModel(ledger)
    const first = acts.webOptIn(ada, 'offers', { evidence, envelope })
    const { eventId } = await record(first)
    await record(first)
    await record(acts.stop(ada, { evidence: { text: canaries.said }, envelope }))
    await record(acts.webOptIn(byMail, 'news', { evidence: { ip: canaries.ip } }))
    await record(acts.webOptIn(byMail, 'news', { evidence, externalId: canaries.customer }))
    await record(acts.webOptIn(ada, 'nowhere', { evidence }))
    await record(acts.link(ada, { other: byMail, relation: 'same-person' }))
    await record(acts.stop({ kind: 'whatsapp-user', value: canaries.chat }, { evidence }))
    await record(acts.stop(phone(canaries.garbled)))
    await record(acts.correction(ada, [eventId ?? ''], { evidence: { ...proof, ...evidence } }))
    await followed.catchUp()
    const texts = [...Object.values(canaries), canaries.phone.slice(1)]
    expect(findInFiles(folder, texts)).toEqual([])
    await followed.readModel.close()
    await ledger.close()
    expect(findInFiles(folder, texts)).toEqual([])
  })

  test('do not hide from this test: it finds what lies in them in clear or as good as', () => {
    const folder = tempFolder()
    const found = (content: string | Buffer): readonly string[] => {
      writeFileSync(join(folder, 'log.db-wal'), content)
      return findInFiles(folder, [canaries.email])
    }
    expect(found(`..${canaries.email}..`)).toHaveLength(1)
    expect(found(Buffer.from(canaries.email, 'utf16le'))).toHaveLength(1)
    expect(found(Buffer.from(canaries.email).toString('base64'))).toHaveLength(1)
    expect(found('Canary')).toEqual([])
  })
})

describe('what is sealed', () => {
  test('opens with the key of its subject, and says who spoke and what shows it', async () => {
    const ledger = await openTestLedger()
    await defineGroups(ledger.ledger.groups)
    await ledger.record(acts.webOptIn(byMail, 'news', { evidence, envelope }))
    const [part] = await openedParts(ledger, byMail)
    expect(part).toMatchObject({
      address: canaries.email,
      id: canaries.producerId,
      source: 'urn:test',
      evidence: { ip: canaries.ip, text: canaries.said },
    })
  })

  test('keeps a disclosure as the id of its text, which stands once in a stream of its own', async () => {
    const ledger = await openTestLedger()
    await defineGroups(ledger.ledger.groups)
    const people = [newPhone(), newPhone(), newPhone()]
    await Promise.all(people.map((each) => ledger.record(acts.webOptIn(each, 'offers'))))
    const [part] = await openedParts(ledger, people[0] ?? ada)
    const { disclosureId, disclosure } = part?.['evidence'] as Record<string, string>
    expect(disclosure).toBeUndefined()
    const texts = await ledger.store.readStream(`disclosure-${disclosureId}`)
    expect(texts).toMatchObject([
      { type: 'DisclosureStored', data: { text: 'Yes, send me offers.' } },
    ])
  })

  test('stays shut for the key of anybody else', async () => {
    const ledger = await openTestLedger()
    await defineGroups(ledger.ledger.groups)
    const [bob, cy] = [newPhone(), newPhone()]
    await ledger.record(acts.stop(bob))
    await ledger.record(acts.stop(cy))
    const swapped = {
      ...ledger,
      // Bob's stream, opened with the key of Cy.
      store: { ...ledger.store, readStream: () => ledger.eventsOf(bob) },
    }
    expect(await openedParts(swapped, cy)).toEqual([null])
    expect(await openedParts(ledger, bob)).toMatchObject([{ address: bob.value }])
  })
})
