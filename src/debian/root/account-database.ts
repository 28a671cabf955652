/** The users and groups of an image (passwd(5), group(5)). */
import type { UserRequest } from './account-requests.ts'

/** A line of passwd. */
export interface User extends Omit<UserRequest, 'group' | 'makesHome' | 'uid'> {
  readonly uid: number
  readonly gid: number
  /** Password placeholder: "*" for static users, "!" for those that adduser creates; neither matches a password. */
  readonly password: '*' | '!'
}

/** A line of group. */
export interface Group {
  readonly name: string
  readonly gid: number
  readonly password: '*' | '!'
  readonly members: readonly string[]
}

/** All users and groups of an image, in file order. */
export interface AccountDatabase {
  readonly users: readonly User[]
  readonly groups: readonly Group[]
}

export const noAccounts: AccountDatabase = { users: [], groups: [] }
