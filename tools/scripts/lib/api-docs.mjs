// What TypeDoc found: methods get the comments of their functions, and what has no comment is named.

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

/** A method that is the function of the same name (`add(a, b)` and `a.add(b)`) takes over its comment. */
export function documentMethods(project) {
  const all = [...exports(project)];
  const functions = new Map(all.map(([name, each]) => [`${name}.${each.name}`, each]));
  for (const [name, tensor] of all.filter(([, each]) => each.name === 'Tensor')) {
    for (const member of tensor.children ?? []) {
      const source = functions.get(`${name}.${member.name}`);
      const comment = source?.signatures?.find(hasText)?.comment ?? source?.comment;
      if (!comment || documented(member)) continue;
      for (const each of member.signatures ?? [member]) each.comment = comment.clone();
    }
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
