/** Words that the thread of an own policy shares with its caller: the number of answers so far, which the caller waits on. */
export const ANSWERS = 0;
/** 1 once the thread has ended. */
export const ENDED = 1;
export const ANSWER_WORDS = 2;
