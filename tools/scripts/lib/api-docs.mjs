// What TypeDoc found: exports without a comment, and the names of pages.

const hasText = (reflection) =>
  Boolean(reflection?.comment?.summary?.some((part) => part.text.trim() !== ''));

/** Whether an export is documented: itself, or a signature of it, or what it stands for. */
function documented(reflection) {
  const target = reflection.getTargetReflection?.() ?? reflection;
  if (reflection.isReference?.() && !reflection.tryGetTargetReflectionDeep?.()) return true;
  return [reflection, reflection.tryGetTargetReflectionDeep?.() ?? target].some(
    (each) =>
      hasText(each) ||
      each.signatures?.some(hasText) ||
      each.type?.declaration?.signatures?.some(hasText),
  );
}

/** Every export of every package as [package, reflection]. */
function* exports(project) {
  for (const part of project.children ?? []) {
    for (const child of part.children ?? []) yield [part.name, child];
  }
}

/** The names of exports, and of the methods that a class makes itself, without a documentation comment. */
export function undocumented(project) {
  const missing = [];
  for (const [name, each] of exports(project)) {
    if (!documented(each)) missing.push(`${name}: ${each.name}`);
    for (const member of each.children ?? []) {
      const own = !member.inheritedFrom && !member.overwrites && !member.name.startsWith('[');
      const callable = member.signatures?.length > 0;
      // What every object has needs no words.
      if (own && callable && !documented(member) && !/^(constructor|toString)$/.test(member.name)) {
        missing.push(`${name}: ${each.name}.${member.name}`);
      }
    }
  }
  return missing.sort();
}

/** Names the pages of the guide and the lessons by their headings, where they are named by their files. */
export function nameDocuments(project) {
  for (const page of project.documents ?? []) {
    const text = page.content.map((part) => part.text).join('');
    const heading = /^# (.+)$/m.exec(text)?.[1];
    if (heading) page.name = heading;
  }
}
