/*
 * cpg-client: a libcpg program for the interoperability tests. It joins a group, does what standard input says, and
 * prints a JSON line for each event.
 *
 *   cpg-client GROUP
 *
 *   send SIZE COUNT      multicast COUNT messages of SIZE bytes; under 12 bytes they carry no head
 *   flood SIZE SECONDS   multicast messages of SIZE bytes as fast as they are taken, then print {"flooded":COUNT}
 *   mark                 multicast the message that starts the digest anew everywhere
 *   quiet                print no line for a delivery any more, only count and check
 *   report               print {"report":{...}} with counts, errors and the digest of everything delivered
 *   quit                 leave the group and end
 *
 * A message is: u32 sender tag (node id), u32 number, u32 length, then bytes that follow from number and position.
 * A delivery is checked for its sender's order and its contents. The digest (FNV-1a over sender, number and length)
 * starts anew at a message with number 0xffffffff, so that two receivers compare from there.
 */
#include <corosync/cpg.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SENDERS 64

static cpg_handle_t handle;
static struct cpg_name group;
static unsigned int self;
static uint32_t number;
static int quiet;
static uint64_t delivered, errors, digest = 0xcbf29ce484222325ULL;
static struct { uint32_t tag, next; int known; } senders[SENDERS];

static void mix(uint32_t value) {
  for (int i = 0; i < 4; i++) {
    digest ^= (value >> (8 * i)) & 0xff;
    digest *= 0x100000001b3ULL;
  }
}

static void deliver(cpg_handle_t h, const struct cpg_name *g, uint32_t node, uint32_t pid, void *data, size_t length) {
  (void)h; (void)g; (void)pid;
  uint32_t head[3];
  if (length < sizeof head) {
    head[0] = node;
    head[1] = length ? *(unsigned char *)data : 0;
  } else memcpy(head, data, sizeof head);
  if (length < sizeof head) senders[node % SENDERS].next++;
  else if (head[1] == 0xffffffffu) { digest = 0xcbf29ce484222325ULL; delivered = 0; }
  else {
    int slot = head[0] % SENDERS;
    if (head[2] != length || head[0] != node) errors++;
    if (senders[slot].known && senders[slot].next != head[1]) errors++;
    senders[slot].known = 1;
    senders[slot].next = head[1] + 1;
    const unsigned char *bytes = data;
    for (size_t i = 12; i < length; i += length > 4096 ? 997 : 61)
      if (bytes[i] != (unsigned char)(head[1] + i)) { errors++; break; }
  }
  delivered++;
  mix(head[0]); mix(head[1]); mix((uint32_t)length);
  if (!quiet) printf("{\"deliver\":{\"node\":%u,\"tag\":%u,\"number\":%u,\"length\":%zu}}\n", node, head[0], head[1], length);
}

static void list(const char *name, const struct cpg_address *a, size_t n, const char *end) {
  printf("\"%s\":[", name);
  for (size_t i = 0; i < n; i++) printf("%s{\"node\":%u,\"pid\":%u,\"reason\":%u}", i ? "," : "", a[i].nodeid, a[i].pid, a[i].reason);
  printf("]%s", end);
}

static void change(cpg_handle_t h, const struct cpg_name *g, const struct cpg_address *m, size_t mn,
                   const struct cpg_address *l, size_t ln, const struct cpg_address *j, size_t jn) {
  (void)h; (void)g;
  printf("{\"change\":{");
  list("members", m, mn, ","); list("left", l, ln, ","); list("joined", j, jn, "}}\n");
}

static cpg_model_v1_data_t model = { .model = CPG_MODEL_V1, .cpg_deliver_fn = deliver, .cpg_confchg_fn = change };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void dispatch(int wait_ms) {
  int fd;
  cpg_fd_get(handle, &fd);
  struct pollfd p = { .fd = fd, .events = POLLIN };
  if (poll(&p, 1, wait_ms) > 0 && cpg_dispatch(handle, CS_DISPATCH_ALL) != CS_OK) {
    printf("{\"lost\":true}\n");
    exit(1);
  }
}

static void multicast(uint32_t size, uint32_t which) {
  static unsigned char buffer[4 << 20];
  uint32_t head[3] = { self, which, size };
  if (size >= sizeof head) memcpy(buffer, head, sizeof head);
  for (uint32_t i = size < sizeof head ? 0 : 12; i < size; i++) buffer[i] = (unsigned char)(which + i);
  struct iovec v = { .iov_base = buffer, .iov_len = size };
  cs_error_t result;
  while ((result = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &v, 1)) == CS_ERR_TRY_AGAIN || result == CS_ERR_INTERRUPT) dispatch(1);
  if (result != CS_OK) { printf("{\"failed\":%d}\n", result); errors++; }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  cs_error_t result;
  for (int i = 0; (result = cpg_model_initialize(&handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL)) == CS_ERR_TRY_AGAIN && i < 600; i++) usleep(50000);
  if (result != CS_OK) { printf("{\"failed\":%d}\n", result); return 1; }
  cpg_local_get(handle, &self);
  group.length = strlen(argv[1]);
  memcpy(group.value, argv[1], group.length);
  while ((result = cpg_join(handle, &group)) == CS_ERR_TRY_AGAIN) usleep(10000);
  if (result != CS_OK) { printf("{\"failed\":%d}\n", result); return 1; }
  printf("{\"joined\":{\"node\":%u,\"pid\":%u}}\n", self, (unsigned)getpid());
  char input[256];
  size_t have = 0;
  for (;;) {
    int fd;
    cpg_fd_get(handle, &fd);
    struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
    poll(p, 2, -1);
    if (p[0].revents) dispatch(0);
    if (!p[1].revents) continue;
    ssize_t got = read(0, input + have, sizeof input - 1 - have);
    if (got <= 0) return 0;
    have += (size_t)got;
    input[have] = 0;
    char *end;
    while ((end = strchr(input, '\n'))) {
      unsigned size, count;
      *end = 0;
      if (sscanf(input, "send %u %u", &size, &count) == 2) {
        for (unsigned i = 0; i < count; i++) multicast(size, number++);
      } else if (sscanf(input, "flood %u %u", &size, &count) == 2) {
        uint64_t sent = 0;
        for (double until = now() + count; now() < until; sent++) {
          multicast(size, number++);
          if (sent % 16 == 0) dispatch(0);
        }
        printf("{\"flooded\":%llu}\n", (unsigned long long)sent);
      } else if (strcmp(input, "mark") == 0) multicast(12, 0xffffffffu);
      else if (strcmp(input, "quiet") == 0) quiet = 1;
      else if (strcmp(input, "report") == 0)
        printf("{\"report\":{\"delivered\":%llu,\"errors\":%llu,\"digest\":\"%016llx\"}}\n", (unsigned long long)delivered, (unsigned long long)errors, (unsigned long long)digest);
      else if (strcmp(input, "quit") == 0) { cpg_leave(handle, &group); cpg_finalize(handle); return 0; }
      have -= (size_t)(end + 1 - input);
      memmove(input, end + 1, have + 1);
    }
  }
}
