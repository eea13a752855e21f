import { describe, expect, test } from 'vitest'
import { recogniseImport } from './import-form.ts'

const formOf = (header: string, asked = {}) => {
  const found = recogniseImport(`${header}\n1,2,3\n`, asked)
  return found.ok ? found.form : found.detail
}

describe('the form of a list', () => {
  test.each([
    ['ledger', 'phone,group,action'],
    ['ledger', '\uFEFFEmail;Group;State'],
    ['ledger', '"phone"\t"scope"\t"action"'],
    ['ledger', 'sep=;\nphone;group;state'],
    ['ledger', 'address_kind,address,group,state,since,subject,decisive_event_id,held,send_block'],
    ['braze', 'external_id,subscription_group_id,subscription_state'],
    ['braze', 'email,email_subscribe'],
    ['braze', 'user_alias_name,user_alias_label,subscription_group_id,subscription_state'],
  ])('is %s by its header: %s', (form, header) => {
    expect(formOf(header)).toBe(form)
  })

  test('that could be both is asked for, and taken as said', () => {
    const header = 'email,email_subscribe,group,action'
    expect(formOf(header)).toContain('--format ledger or --format braze')
    expect(formOf(header, { form: 'braze', ignored: ['group', 'action'] })).toBe('braze')
  })

  test.each([
    ['name,city', 'known columns (ledger): phone, email'],
    ['phone,group,action,first_name', 'unknown columns: "first_name"'],
    ['phone,group,action,group', 'names the column "group" twice'],
    ['group,action', 'names nobody'],
    ['phone,group', 'column action or state'],
    ['phone,action', 'column group, family or scope'],
    ['phone,brand,action', 'column group, family or scope'],
    ['email,subscription_state', 'subscription_group_id with subscription_state'],
    ['user_alias_name,email_subscribe', 'needs both user_alias_name and user_alias_label'],
    ['', 'no form we know'],
  ])('is refused with what is expected: %s', (header, detail) => {
    expect(formOf(header)).toContain(detail)
  })

  test('leaves out what it is told to leave out', () => {
    expect(formOf('phone,group,action,First_Name', { ignored: ['first_name'] })).toBe('ledger')
  })
})
