/** Notices of something that is looked at over and over. */

/** Tells each sentence when it comes up, and again only after it was gone. */
export function tellNews(notice: (text: string) => void): (sentences: readonly string[]) => void {
  let before: ReadonlySet<string> = new Set()
  return (sentences) => {
    const now = new Set(sentences)
    for (const sentence of now) if (!before.has(sentence)) notice(sentence)
    before = now
  }
}
