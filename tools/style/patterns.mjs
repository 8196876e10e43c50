/**
 * Phrases that our prose avoids, and the phrases that it uses instead.
 * Each pattern is searched in one sentence (or one table cell, one message, one comment) at a time, without its code.
 */
export const PATTERNS = [
  {
    name: 'headless',
    finds: /(?:^|[;:] )(?:Who|What|Whoever|Whatever|That which|who|whoever|whatever)\b(?! if\b)/,
    except: /\?$/,
    instead: 'name the subject: "A client that …", "Fields that are absent …"',
  },
  {
    name: 'is no',
    finds:
      /\b(?:is|are|was|were|be) (?:no|none)\b(?! (?:longer|more than|less than|fewer|larger|later|slower|one)\b)/i,
    instead: '"is not a …", "there are no …" only with "there"',
    except: /\bthere (?:is|are|was|were) (?:no|none)\b/i,
  },
  { name: 'for ever', finds: /\bfor ever\b/i, instead: 'forever, or "never returns"' },
  { name: 'at a stroke', finds: /\bat a stroke\b/i, instead: 'at once, in one step' },
  { name: 'to and fro', finds: /\bto and fro\b/i, instead: 'back and forth' },
  { name: 'by turns', finds: /\bby turns\b/i, instead: 'alternately' },
  { name: 'beforehand', finds: /\bbeforehand\b/i, instead: 'in advance' },
  { name: 'under way', finds: /\bunder ?way\b/i, instead: 'in progress' },
  { name: 'meanwhile', finds: /\bmeanwhile\b/i, instead: 'concurrently, at the same time, while …' },
  { name: 'befall', finds: /\bbef[ae]ll(?:s|en)?\b/i, instead: 'happens to' },
  { name: 'be had', finds: /\b(?:be|is|are|was|been) had\b/i, instead: 'is available, is supported' },
  { name: 'come to rest', finds: /\b(?:comes?|came) to rest\b/i, instead: 'is idle, has finished' },
  {
    name: 'all the same',
    finds: /\b(?:all the same|in peace|anew|afresh|as much again)\b/i,
    instead: 'anyway; again',
  },
  {
    name: 'go on',
    finds: /\b(?:go|goes|going|went|gone) on\b(?! (?:node|to|huge|top|line)\b)/i,
    instead: 'continue',
  },
  {
    name: 'tell',
    finds: /\b(?:tells?|told|telling)\b/i,
    instead: 'report, notify, record: only people tell',
  },
  {
    name: 'ask',
    finds: /\b(?:asks?|asked|asking)\b/i,
    instead: 'read, query, check, request: only people ask',
  },
  {
    name: 'term',
    finds: /\b(?:nursery|stock(?:s|ed|ing)?|torn|mend(?:s|ed|ing)?|bridged|(?:un)?guarded)\b/i,
    instead: 'staging area, free pages or prefill, mixed-node, unshare, gap pages moved, write-protected',
  },
];

/** Words of a sentence in docs. */
export const MAX_WORDS = 40;
/** Characters of a line of text, and of a cell of a table, in docs. */
export const MAX_LINE = 100;
export const MAX_CELL = 100;
