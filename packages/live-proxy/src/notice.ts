/** Something that a client should know while its session goes on. */
export type NoticeCode =
  /** Four fifths of a token budget are spent. */
  | 'budgetLow'
  /** The session comes to the end of its longest duration. */
  | 'sessionEnding'
  /** The ticket ends, and with it the session, unless another ticket is sent. */
  | 'ticketEnding'
  /** The ticket that was sent replaces the one before. */
  | 'ticketRefreshed'
  /** The ticket that was sent is of no use; the one before still counts. */
  | 'ticketRefused'
  /** A typed message would be lost with the present connection to the service: there is no room to keep it. */
  | 'turnNotKept'
  /** The server closes: the turn that is under way comes to its end, then the session is closed with 4503. */
  | 'serverClosing';

/** A notice in words for people, without secrets. */
export interface Notice {
  readonly code: NoticeCode;
  readonly message: string;
}

/** The notice as a message of the subprotocol `colloquy.live.v1`. */
export function noticeMessage(notice: Notice): string {
  return JSON.stringify({ colloquy: { notice } });
}
