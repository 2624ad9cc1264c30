// Streams: work is queued, and done when somebody waits for it, so that a missing wait is seen.
#include "state.h"

namespace {
/** Work that may be queued before some of it is done anyway. */
constexpr size_t LONGEST = 20000;
}  // namespace

Result use(Stream* stream, Address at, size_t bytes, const char* call, char** data, Buffer* copy) {
  std::lock_guard<std::mutex> guard(state());
  Context& c = *stream->context;
  const auto refuse = [&](Result code) {
    c.broken = code;
    return code;
  };
  Buffer* b = bufferAt(at);
  if (b == nullptr) {
    complain("%s: 0x%llx is no device memory; is it a host pointer?", call, at);
    return refuse(ILLEGAL_ADDRESS);
  }
  if (b->freed) {
    complain("%s: use after free of a buffer of %zu bytes", call, b->size);
    return refuse(ILLEGAL_ADDRESS);
  }
  if (b->device != c.device) {
    complain("%s: a buffer of device %d is used on device %d", call, b->device, c.device);
    return refuse(ILLEGAL_ADDRESS);
  }
  const size_t offset = static_cast<size_t>(at - b->at);
  if (bytes > b->size - offset) {
    complain("%s: %zu bytes from byte %zu on reach past the end of a buffer of %zu bytes", call, bytes, offset, b->size);
    return INVALID_VALUE;
  }
  if (b->lastStream != nullptr && b->lastStream != stream && b->lastStream->done < b->lastSequence) {
    complain("%s: a buffer of %zu bytes is used on a stream while work on another stream that uses it was not waited for", call,
             b->size);
    return refuse(ILLEGAL_ADDRESS);
  }
  b->lastStream = stream;
  b->lastSequence = stream->next;
  *data = b->data + offset;
  if (copy != nullptr) *copy = *b;
  return SUCCESS;
}

uint64_t enqueue(Stream* stream, std::function<Result()> run) {
  uint64_t sequence;
  bool full;
  {
    std::lock_guard<std::mutex> guard(state());
    sequence = stream->next++;
    stream->queue.push_back(Work{sequence, std::move(run)});
    full = stream->queue.size() > LONGEST;
  }
  if (full) finish(stream, sequence - LONGEST / 2);
  return sequence;
}

Result finish(Stream* stream, uint64_t upTo) {
  Context& c = *stream->context;
  std::lock_guard<std::mutex> one(c.executing);
  for (;;) {
    Work work;
    {
      std::lock_guard<std::mutex> guard(state());
      if (c.broken != SUCCESS) return c.broken;
      if (stream->queue.empty() || stream->queue.front().sequence > upTo) return SUCCESS;
      work = std::move(stream->queue.front());
      stream->queue.pop_front();
    }
    const Result r = work.run();
    std::lock_guard<std::mutex> guard(state());
    stream->done = work.sequence;
    if (r != SUCCESS) {
      c.broken = r;
      return r;
    }
  }
}
