import { microsPerDay } from '@ledger/domain'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LinkLedger } from '../testing/link-ledger.ts'
import { oneClick, openLinkLedger } from '../testing/link-ledger.ts'

let ledger: LinkLedger
beforeAll(async () => {
  ledger = await openLinkLedger()
})
afterEach(() => ledger.setAhead(0))
afterAll(() => ledger.close())

/** The fields of the form on a page, as a browser would send them back untouched. */
function fieldsOf(html: string): Record<string, string> {
  const form = html.slice(html.indexOf('<form'), html.indexOf('</form>'))
  const inputs = [...form.matchAll(/<input type="(\w+)" name="([^"]+)" value="([^"]*)"([^>]*)>/g)]
  const sent = inputs.filter(([, type, , , rest]) => type === 'hidden' || rest === ' checked')
  return Object.fromEntries(sent.map(([, , name = '', value = '']) => [name, value]))
}

describe('a link to choose', () => {
  test('shows what a person gets, and keeps what she changes and nothing else', async () => {
    const who = 'chooser@example.com'
    await ledger.optIn(who, 'news')
    const token = await ledger.mint('preferences', who, { brand: 'acme', family: 'email' })
    const html = await (await ledger.get(token)).text()
    expect(html).not.toContain('Texts')
    const untouched = fieldsOf(html)
    expect(untouched).toMatchObject({ 'was.news': 'in', 'choice.news': 'in', 'was.deals': '' })
    expect(untouched).not.toHaveProperty(['choice.deals'])

    const before = await ledger.deps.reader.head()
    expect((await ledger.post(token, untouched)).status).toBe(200)
    expect(await ledger.deps.reader.head()).toBe(before)

    const changed = { ...untouched, 'choice.news': 'out', 'choice.deals': 'in' }
    const kept = await ledger.post(token, changed)
    expect(await kept.text()).toContain('Your choices are kept.')
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
    expect(await ledger.stateOf(who, 'deals')).toBe('subscribed')
    const after = await ledger.deps.reader.head()
    await ledger.post(token, changed)
    expect(await ledger.deps.reader.head()).toBe(after)
  })

  test('does not undo by an old page what was said elsewhere since', async () => {
    const who = 'stale-page@example.com'
    await ledger.optIn(who, 'news')
    const token = await ledger.mint('preferences', who, { family: 'email' })
    const old = fieldsOf(await (await ledger.get(token)).text())
    await ledger.post(await ledger.mint('unsubscribe', who, { group: 'news' }), oneClick)
    await ledger.post(token, { ...old, 'choice.deals': 'in' })
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
    expect(await ledger.stateOf(who, 'deals')).toBe('subscribed')
  })

  test('stops everything, and after its end still lets out and neither shows nor lets in', async () => {
    const who = 'leaver@example.com'
    const token = await ledger.mint('preferences', who, { family: 'email' })
    await ledger.optIn(who, 'news')
    await ledger.post(token, { act: 'stop-all' })
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
    const page = fieldsOf(await (await ledger.get(token)).text())
    await ledger.optIn(who, 'news')
    ledger.setAhead(30 * microsPerDay)
    expect(await (await ledger.get(token)).text()).not.toContain('Deals')
    await ledger.post(token, {
      ...page,
      'choice.deals': 'in',
      'was.news': 'in',
      'choice.news': 'out',
    })
    expect(await ledger.stateOf(who, 'deals')).not.toBe('subscribed')
    expect(await ledger.stateOf(who, 'news')).toBe('unsubscribed')
  })

  test('asks for confirmation where the group does', async () => {
    const who = 'choose-twice@example.com'
    const token = await ledger.mint('preferences', who, { group: 'asked' })
    await ledger.post(token, { act: 'change', 'was.asked': '', 'choice.asked': 'in' })
    expect(await ledger.stateOf(who, 'asked')).toBe('pending')
  })
})
