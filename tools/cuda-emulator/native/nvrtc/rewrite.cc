// See rewrite.h.
#include "rewrite.h"

#include <ctype.h>

#include <stdexcept>

namespace {

bool isWord(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/** The text between `(` at `at` and its partner; `at` moves behind it. */
std::string inParentheses(const std::string& s, size_t& at) {
  const size_t first = at + 1;
  int depth = 0;
  for (; at < s.size(); at++) {
    if (s[at] == '(') depth++;
    if (s[at] == ')' && --depth == 0) return s.substr(first, at++ - first);
  }
  throw std::runtime_error("a parenthesis is not closed");
}

void skipSpace(const std::string& s, size_t& at) {
  while (at < s.size() && isspace(static_cast<unsigned char>(s[at]))) at++;
}

std::string trimmed(const std::string& s) {
  const size_t a = s.find_first_not_of(" \t\n"), b = s.find_last_not_of(" \t\n");
  return a == std::string::npos ? "" : s.substr(a, b - a + 1);
}

/** `float a[3], b[4][5]` as references into the block's shared memory. */
std::string declared(const std::string& text, bool dynamic, unsigned& id, std::string& bytes) {
  size_t end = text.find_first_of("[,;");
  if (end == std::string::npos) end = text.size();
  size_t name = end;
  while (name > 0 && !isWord(text[name - 1])) name--;
  while (name > 0 && isWord(text[name - 1])) name--;
  const std::string type = trimmed(text.substr(0, name));
  std::string out, rest = text.substr(name);
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string one = trimmed(rest.substr(0, comma));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    const size_t bracket = one.find('[');
    const std::string variable = trimmed(one.substr(0, bracket));
    const std::string whole = type + (bracket == std::string::npos ? "" : one.substr(bracket));
    if (type.empty() || variable.empty()) throw std::runtime_error("a __shared__ declaration is not understood: " + text);
    if (dynamic) {
      out += "dl::Shared<" + type + "[]> " + variable + "(__LINE__);";
    } else {
      out += "dl::Shared<" + whole + "> " + variable + "(dl_shared(" + std::to_string(id++) + ", sizeof(" + whole + "), __LINE__));";
      bytes += "+sizeof(" + whole + ")";
    }
  }
  return out;
}

}  // namespace

Rewritten rewrite(const std::string& s) {
  Rewritten r;
  r.shared = "0";
  unsigned id = 0;
  size_t line = 1;
  for (size_t at = 0; at < s.size();) {
    const char c = s[at];
    if (c == '/' && s.compare(at, 2, "//") == 0) {
      while (at < s.size() && s[at] != '\n') r.source += s[at++];
      continue;
    }
    if (c == '/' && s.compare(at, 2, "/*") == 0) {
      const size_t end = s.find("*/", at + 2);
      const size_t stop = end == std::string::npos ? s.size() : end + 2;
      for (; at < stop; at++) {
        line += s[at] == '\n';
        r.source += s[at];
      }
      continue;
    }
    if (!isWord(c) || (at > 0 && isWord(s[at - 1]))) {
      line += c == '\n';
      r.source += c;
      at++;
      continue;
    }
    size_t end = at;
    while (end < s.size() && isWord(s[end])) end++;
    const std::string word = s.substr(at, end - at);
    if (word == "__shared__") {
      const size_t stop = s.find(';', end);
      if (stop == std::string::npos) throw std::runtime_error("line " + std::to_string(line) + ": __shared__ without an end");
      const std::string text = s.substr(end, stop - end);
      const size_t before = r.source.find_last_not_of(" \t\n");
      const bool dynamic = before != std::string::npos && before >= 5 && r.source.compare(before - 5, 6, "extern") == 0;
      if (dynamic) r.source.erase(before - 5);
      r.source += declared(text, dynamic, id, r.shared);
      for (char t : text) {
        if (t == '\n') r.source += '\n', line++;
      }
      at = stop + 1;
      continue;
    }
    if (word.compare(0, 6, "__sync") == 0 || word.compare(0, 6, "__shfl") == 0 || word == "__ballot_sync" ||
        word == "__any_sync" || word == "__all_sync") {
      r.waits = true;
    }
    if (word == "__global__") {
      // void __launch_bounds__(n) name(
      KernelText k;
      k.threads = "1024";
      size_t p = end;
      std::string last;
      for (;;) {
        skipSpace(s, p);
        if (p >= s.size()) throw std::runtime_error("line " + std::to_string(line) + ": __global__ without a function");
        if (s[p] == '(') {
          if (last != "__launch_bounds__") break;
          const std::string bounds = inParentheses(s, p);
          k.threads = bounds.substr(0, bounds.find(','));
          continue;
        }
        size_t q = p;
        while (q < s.size() && isWord(s[q])) q++;
        if (q == p) throw std::runtime_error("line " + std::to_string(line) + ": a kernel's head is not understood");
        last = s.substr(p, q - p);
        p = q;
      }
      k.name = last;
      r.kernels.push_back(k);
    }
    r.source += word;
    at = end;
  }
  return r;
}
